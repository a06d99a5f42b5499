#pragma once
#include <cstdint>
#include <optional>

#include "proxy/balance/worker_pool.h"
#include "proxy/origin/origin.h"
#include "proxy/sticky/cookies.h"
#include "proxy/sticky/table/entry.h"

namespace headgate::proxy::origin {

/// One request's session with its pool: the backend to stay with, and what is noted when another one answered. Does
/// nothing for a pool that is not sticky.
///
///     const Stickiness session(pool, call);     // headgate's cookie is no more in the request
///     wish.stay = session.backend();
///     ...
///     const std::uint64_t unkept = session.settle(pool, lease.identity(), call, response);
///     if (unkept != 0) co_await sticky::table::kept(pool.sessions(), unkept, call.loop);
class Stickiness {
 public:
  Stickiness(balance::WorkerPool& pool, Call& call) {
    if (pool.is_sticky()) [[unlikely]]
      begin(pool, call);
  }
  /// The identity of the backend that has the session; 0: there is none.
  std::uint64_t backend() const { return backend_; }
  /// `answered` gave the answer that goes to the client. Where a table has something new on its way to the disk, the
  /// number of it, which the answer waits for; otherwise 0.
  std::uint64_t settle(balance::WorkerPool& pool, std::uint64_t answered, const Call& call,
                       message::Response& response) const {
    return way_ == Way::kNone ? 0 : note(pool, answered, call, response);
  }

 private:
  enum class Way : std::uint8_t { kNone, kCookie, kTable };
  void begin(balance::WorkerPool& pool, Call& call);
  void begin_with_cookie(sticky::Cookies& cookies, balance::WorkerPool& pool, Call& call);
  std::uint64_t note(balance::WorkerPool& pool, std::uint64_t answered, const Call& call,
                     message::Response& response) const;
  void give_cookie(balance::WorkerPool& pool, std::uint64_t answered, const Call& call,
                   message::Response& response) const;
  std::uint64_t remember(balance::WorkerPool& pool, std::uint64_t answered, const message::Response& response) const;

  std::uint64_t client_ = 0;
  std::uint64_t backend_ = 0;
  std::optional<sticky::table::Key> key_;  // of a table
  std::uint32_t now_ = 0;
  Way way_ = Way::kNone;
  bool is_due_ = false;  // the cookie for renewal
};

}  // namespace headgate::proxy::origin
