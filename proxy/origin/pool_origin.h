#pragma once
#include <string>

#include "proxy/origin/attempt.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin {

/// Answers from a pool's backends; tries again, on another backend and within the pool's budget, what is safe to send
/// again: a request of which nothing was sent, or an idempotent one (RFC 9110 section 9.2.2) that got no byte of an
/// answer and whose body was not touched.
class PoolOrigin final : public Origin {
 public:
  /// `slot` is the pool's place in the PoolDirectory.
  PoolOrigin(std::string pool, std::size_t slot) : pool_(std::move(pool)), slot_(slot) {}

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  std::string describe() const override { return "pool " + pool_; }

 private:
  std::string pool_;
  std::size_t slot_;
};

}  // namespace headgate::proxy::origin
