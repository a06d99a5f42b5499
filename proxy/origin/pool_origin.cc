#include "proxy/origin/pool_origin.h"

#include <memory>
#include <utility>

#include "proxy/origin/hash_key.h"
#include "proxy/origin/http1_attempt.h"
#include "proxy/origin/http2/http2_attempt.h"
#include "proxy/origin/replayable_body.h"
#include "proxy/origin/stickiness.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::origin {
namespace {

std::unique_ptr<Attempt> make_attempt(config::BackendProtocol protocol, Call& call, balance::Lease lease,
                                      std::size_t worker) {
  if (config::speaks_http2(protocol)) [[unlikely]]
    return std::make_unique<http2::Http2Attempt>(call, std::move(lease), worker);
  return std::make_unique<Http1Attempt>(call, std::move(lease), worker);
}

/// Over HTTP/2 a backend may say that it did not look at a request whose body was sent already: nothing of that may be
/// lost, at least while it is small.
ReplayableBody* keep_body(Call& call) {
  if (call.request.body == nullptr) return nullptr;
  auto kept = std::make_unique<ReplayableBody>(*call.request.body, call.loop.buffers());
  ReplayableBody* const out = kept.get();
  call.request.body = out;
  call.kept_body = std::move(kept);
  return out;
}

bool is_unseen(Failure failure) {
  return failure == Failure::kConnect || failure == Failure::kUnseen;
}

bool may_send_again(const Attempt& attempt, const ReplayableBody* body, const message::Request& request) {
  const bool has_whole_body = attempt.body_untouched() || (body != nullptr && body->can_rewind());
  return has_whole_body && (is_unseen(attempt.failure()) || wire::http::is_idempotent(request.head.method));
}

bool is_wanted(const config::RetryOn& on, Failure failure) {
  switch (failure) {
    case Failure::kConnect:
    case Failure::kUnseen:
      return on.connect;
    case Failure::kCut:
      return on.reset;
    case Failure::kGarbage:
      return on.status_502;
    case Failure::kTimeout:
      return on.status_504;
    case Failure::kNone:
    case Failure::kClient:
      return false;
  }
  return false;
}

bool is_wanted(const config::RetryOn& on, std::uint16_t status) {
  return (status == 502 && on.status_502) || (status == 503 && on.status_503) || (status == 504 && on.status_504);
}

}  // namespace

net::Task<base::Result<void>> PoolOrigin::respond(Call& call, message::Response& response) const {
  balance::WorkerPool& pool = call.pools.pool(slot_);
  const config::Retry retry = pool.settings().retry;  // copies: a reload may replace the settings while this waits
  const config::BackendProtocol protocol = pool.settings().protocol;
  const base::Duration connect_timeout = connect_timeout_of(call.timeouts, pool.settings());
  ReplayableBody* const body = config::speaks_http2(protocol) ? keep_body(call) : nullptr;
  call.record.pool = pool_;
  pool.pool().retry_budget().deposit(retry.budget_percent);
  const Stickiness session(pool, call);
  balance::Wish wish{.key = hash_key_of(pool.settings(), call.request), .stay = session.backend()};
  bool fresh = false;
  bool was_unseen = false;
  std::uint32_t retries_left = retry.attempts;
  while (true) {
    balance::Lease lease = pool.try_acquire(wish);
    if (!lease) {
      call.client.cancel_when_gone(true);
      call.record.phase = message::Phase::kQueue;
      base::Result<balance::Lease> waited = co_await pool.acquire(wish, call.deadline);
      call.client.cancel_when_gone(false);
      if (!waited) co_return waited.error();
      lease = std::move(*waited);
    }
    const balance::Backend* chosen = &lease.backend();
    const std::uint64_t identity = lease.identity();
    std::unique_ptr<Attempt> attempt = make_attempt(protocol, call, std::move(lease), pool.worker());
    base::Result<void> outcome = co_await attempt->run(response, connect_timeout, fresh);
    call.client.cancel_when_gone(false);
    const bool unwanted_answer = outcome && is_wanted(retry.on, response.head.status);
    if (outcome && !unwanted_answer) {
      if (body != nullptr) body->stop_keeping();
      const std::uint64_t unkept = session.settle(pool, identity, call, response);
      if (unkept != 0) [[unlikely]]
        co_await sticky::table::kept(pool.sessions(), unkept, call.loop);
      if (response.tunnel == nullptr) response.body = std::move(attempt);
      co_return outcome;
    }
    const bool stale = attempt->found_stale_connection() || (attempt->failure() == Failure::kUnseen && !was_unseen);
    was_unseen = was_unseen || attempt->failure() == Failure::kUnseen;
    const bool wanted = stale || unwanted_answer || is_wanted(retry.on, attempt->failure());
    // A connection that had gone stale is no failure of the backend, and asking once more, on a new one, no load to be
    // kept down: it counts neither against the attempts nor against the budget. The same holds, once, for a request
    // that a backend did not look at, since it was about to close the connection (GOAWAY) or had too many
    // (REFUSED_STREAM).
    const bool possible = wanted && (stale || retries_left > 0) && may_send_again(*attempt, body, call.request);
    // Where no connection came about no backend had the request, so asking another is no load that the pool had not
    // been given anyway. Within the budget a pool that loses one backend of three would lose requests until checks see
    // it.
    const bool unseen = is_unseen(attempt->failure());
    const bool allowed = possible && (stale || unseen || pool.pool().retry_budget().withdraw(call.loop.now()));
    if (allowed && !stale) --retries_left;
    if (possible && !allowed) pool.counters().retries_refused.add();
    if (!allowed) {
      if (outcome) {
        const std::uint64_t unkept = session.settle(pool, identity, call, response);
        if (unkept != 0) co_await sticky::table::kept(pool.sessions(), unkept, call.loop);
        response.body = std::move(attempt);
      }
      co_return outcome;
    }
    pool.counters().retries.add();
    ++call.record.retries;
    wish.avoid = stale ? nullptr : chosen;
    fresh = stale;
    response.clear();
    attempt.reset();  // before its request's body begins anew
    if (body != nullptr) body->rewind();
  }
}

Outlook PoolOrigin::outlook(const message::Request&, base::Arena&) const {
  Outlook out;
  out.pool = pool_;
  return out;
}

}  // namespace headgate::proxy::origin
