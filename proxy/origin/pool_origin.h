#pragma once
#include <string>

#include "proxy/origin/attempt.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin {

/// How long a connection to a backend may take to come about.
inline base::Duration connect_timeout_of(const config::RouteTimeouts& route, const config::Pool& pool) {
  return route.connect ? *route.connect : pool.connections.connect_timeout;
}

/// Answers from a pool's backends; tries again, on another backend and within the pool's budget, what is safe to send
/// again: a request of which nothing was sent, or an idempotent one (RFC 9110 section 9.2.2) that got no byte of an
/// answer and whose body was not touched.
class PoolOrigin final : public Origin {
 public:
  /// `slot` is the pool's place in the PoolDirectory.
  PoolOrigin(std::string pool, std::size_t slot) : pool_(std::move(pool)), slot_(slot) {}

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request&, base::Arena&) const override;
  std::string describe() const override { return "pool " + pool_; }

 private:
  /// `kHedges`: the pool may ask a second backend. Apart, so that requests of a pool that does not carry nothing of it.
  template <bool kHedges>
  net::Task<base::Result<void>> ask(Call& call, message::Response& response) const;

  std::string pool_;
  std::size_t slot_;
};

}  // namespace headgate::proxy::origin
