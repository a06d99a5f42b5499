#include "proxy/origin/pool_origin.h"

#include <memory>
#include <utility>

#include "proxy/balance/limit/hedging.h"
#include "proxy/balance/region/views.h"
#include "proxy/origin/hash_key.h"
#include "proxy/origin/hedge/race.h"
#include "proxy/origin/http1_attempt.h"
#include "proxy/origin/http2/http2_attempt.h"
#include "proxy/origin/replayable_body.h"
#include "proxy/origin/stickiness.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::origin {
namespace {

// Called in one place by each way of asking; that a race may be given it keeps the compiler from inlining it by itself.
[[gnu::always_inline]] inline std::unique_ptr<Attempt> make_attempt(config::BackendProtocol protocol, Call& call,
                                                                    balance::Lease lease, std::size_t worker) {
  if (config::speaks_http2(protocol)) [[unlikely]]
    return std::make_unique<http2::Http2Attempt>(call, std::move(lease), worker);
  return std::unique_ptr<Attempt>(new Http1Attempt(call, std::move(lease), worker));
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

bool is_answer(const config::RetryOn& on, std::uint16_t status) {
  return !is_wanted(on, status);
}

/// The answer's body comes from whichever was.
std::unique_ptr<message::BodySource> source_of(std::unique_ptr<Attempt> attempt, std::unique_ptr<hedge::Race> race) {
  if (race != nullptr) [[unlikely]]
    return race;
  return attempt;
}

/// What one request may cost its pool in further attempts.
class Retries {
 public:
  enum class Next : std::uint8_t {
    kNone,
    kElsewhere,  ///< on another backend
    kFresh,      ///< on a new connection, wherever: the kept one had gone stale, or the request was not looked at
  };

  explicit Retries(const config::Retry& settings) : settings_(settings), left_(settings.attempts) {}

  bool is_final(const base::Result<void>& outcome, std::uint16_t status) const {
    return outcome && !is_wanted(settings_.on, status);
  }

  /// After an outcome that is not final.
  Next after(const Attempt& attempt, bool has_answer, const ReplayableBody* body, Call& call,
             balance::WorkerPool& pool) {
    const Failure failure = attempt.failure();
    const bool stale = attempt.found_stale_connection() || (failure == Failure::kUnseen && !was_unseen_);
    was_unseen_ = was_unseen_ || failure == Failure::kUnseen;
    const bool wanted = stale || has_answer || is_wanted(settings_.on, failure);
    // A connection that had gone stale is no failure of the backend, and asking once more, on a new one, no load to be
    // kept down: it counts neither against the attempts nor against the budget. The same holds, once, for a request
    // that a backend did not look at, since it was about to close the connection (GOAWAY) or had too many
    // (REFUSED_STREAM).
    const bool possible = wanted && (stale || left_ > 0) && may_send_again(attempt, body, call.request);
    if (!possible) return Next::kNone;
    if (stale) return Next::kFresh;
    if (!is_allowed(failure, call, pool)) {
      pool.counters().retries_refused.add();
      return Next::kNone;
    }
    --left_;
    return Next::kElsewhere;
  }

 private:
  /// Where no connection came about no backend had the request, so asking another is no load that the pool had not been
  /// given anyway. Within the budget a pool that loses one backend of three would lose requests until checks see it.
  bool is_allowed(Failure failure, Call& call, balance::WorkerPool& pool) {
    counted_.release();
    counted_ = balance::limit::Counted::take(pool.pool().retries_under_way(), pool.settings().limits.retries);
    return counted_ && (is_unseen(failure) || pool.pool().retry_budget().withdraw(call.loop.now()));
  }

  const config::Retry settings_;
  std::uint32_t left_;
  bool was_unseen_ = false;
  balance::limit::Counted counted_;  // from a retry's beginning until its outcome is there
};

/// What the request wants of the pool; `session`: the identity of the backend that has its session.
balance::Wish wish_of(balance::WorkerPool& pool, const Call& call, std::uint64_t session) {
  balance::Wish wish{.key = hash_key_of(pool.settings(), call.request), .stay = session};
  if (pool.prefers_regions()) [[unlikely]]
    wish.region = balance::region::key_of(call.request.where.of(call.request.client).region);
  return wish;
}

}  // namespace

net::Task<base::Result<void>> PoolOrigin::respond(Call& call, message::Response& response) const {
  if (call.pools.pool(slot_).hedges()) [[unlikely]]
    return ask<true>(call, response);
  return ask<false>(call, response);
}

template <bool kHedges>
net::Task<base::Result<void>> PoolOrigin::ask(Call& call, message::Response& response) const {
  balance::WorkerPool& pool = call.pools.pool(slot_);
  Retries retries(pool.settings().retry);  // copies: a reload may replace the settings while this waits
  const config::BackendProtocol protocol = pool.settings().protocol;
  const base::Duration connect_timeout = connect_timeout_of(call.timeouts, pool.settings());
  ReplayableBody* const body = config::speaks_http2(protocol) ? keep_body(call) : nullptr;
  call.record.pool = pool_;
  pool.pool().retry_budget().deposit(pool.settings().retry.budget_percent);
  const Stickiness session(pool, call);
  balance::Wish wish = wish_of(pool, call, session.backend());
  const balance::limit::Hedging* const hedging = kHedges ? pool.hedging() : nullptr;
  const bool may_hedge = hedging != nullptr && hedge::may_be_hedged(call.request, wish, hedging->settings());
  bool fresh = false;
  while (true) {
    balance::Lease lease = pool.try_acquire(wish);
    if (!lease) {
      call.client.cancel_when_gone(true);
      call.record.phase = message::Phase::kQueue;
      base::Result<balance::Lease> waited = co_await pool.acquire(wish, call.deadline);
      call.client.cancel_when_gone(false);
      if (!waited) {
        call.record.retry_after_s = pool.retry_after();
        co_return waited.error();
      }
      lease = std::move(*waited);
    }
    const balance::Backend* chosen = &lease.backend();
    std::uint64_t identity = lease.identity();
    std::unique_ptr<Attempt> attempt;
    std::unique_ptr<hedge::Race> race;
    base::Result<void> outcome;
    const bool is_first = wish.avoid == nullptr && !fresh;
    if (may_hedge && is_first) [[unlikely]] {
      race = std::make_unique<hedge::Race>(call, pool, std::move(lease), make_attempt, is_answer);
      outcome = co_await race->run(response, wish, connect_timeout);
      chosen = race->backend();
      identity = race->identity();
    } else {
      attempt = make_attempt(protocol, call, std::move(lease), pool.worker());
      outcome = co_await attempt->run(response, connect_timeout, fresh);
    }
    call.client.cancel_when_gone(false);
    Retries::Next next = Retries::Next::kNone;
    if (retries.is_final(outcome, response.head.status)) {
      if (body != nullptr) body->stop_keeping();
    } else {
      next = retries.after(race ? race->decisive() : *attempt, bool(outcome), body, call, pool);
    }
    if (next == Retries::Next::kNone) {
      if (!outcome) {
        if (outcome.error().kind == base::ErrorKind::kUnavailable) call.record.retry_after_s = pool.retry_after();
        co_return outcome;
      }
      const std::uint64_t unkept = session.settle(pool, identity, call, response);
      if (unkept != 0) [[unlikely]]
        co_await sticky::table::kept(pool.sessions(), unkept, call.loop);
      if (response.tunnel == nullptr) response.body = source_of(std::move(attempt), std::move(race));
      co_return outcome;
    }
    pool.counters().retries.add();
    ++call.record.retries;
    fresh = next == Retries::Next::kFresh;
    wish.avoid = fresh ? nullptr : chosen;
    response.clear();
    attempt.reset();  // before its request's body begins anew
    race.reset();
    if (body != nullptr) body->rewind();
  }
}

Outlook PoolOrigin::outlook(const message::Request&, base::Arena&) const {
  Outlook out;
  out.pool = pool_;
  return out;
}

}  // namespace headgate::proxy::origin
