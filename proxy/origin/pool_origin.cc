#include "proxy/origin/pool_origin.h"

#include <memory>
#include <utility>

#include "proxy/origin/http1_attempt.h"

namespace headgate::proxy::origin {
namespace {

bool may_send_again(const Attempt& attempt, const message::Request& request) {
  if (!attempt.body_untouched()) return false;
  return attempt.failure() == Failure::kConnect || wire::http::is_idempotent(request.head.method);
}

bool is_wanted(const config::RetryOn& on, Failure failure) {
  switch (failure) {
    case Failure::kConnect:
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
  const base::Duration connect_timeout = connect_timeout_of(call.timeouts, pool.settings());
  call.record.pool = pool_;
  pool.pool().retry_budget().deposit(retry.budget_percent);
  const balance::Backend* avoid = nullptr;
  bool fresh = false;
  std::uint32_t retries_left = retry.attempts;
  while (true) {
    balance::Lease lease = pool.try_acquire(avoid);
    if (!lease) {
      call.client.cancel_when_gone(true);
      call.record.phase = message::Phase::kQueue;
      base::Result<balance::Lease> waited = co_await pool.acquire(avoid, call.deadline);
      call.client.cancel_when_gone(false);
      if (!waited) co_return waited.error();
      lease = std::move(*waited);
    }
    const balance::Backend* chosen = &lease.backend();
    std::unique_ptr<Attempt> attempt = std::make_unique<Http1Attempt>(call, std::move(lease), pool.worker());
    base::Result<void> outcome = co_await attempt->run(response, connect_timeout, fresh);
    call.client.cancel_when_gone(false);
    const bool unwanted_answer = outcome && is_wanted(retry.on, response.head.status);
    if (outcome && !unwanted_answer) {
      if (response.tunnel == nullptr) response.body = std::move(attempt);
      co_return outcome;
    }
    const bool stale = attempt->found_stale_connection();
    const bool wanted = stale || unwanted_answer || is_wanted(retry.on, attempt->failure());
    // A connection that had gone stale is no failure of the backend, and asking once more, on a new one, no load to be
    // kept down: it counts neither against the attempts nor against the budget.
    const bool possible = wanted && (stale || retries_left > 0) && may_send_again(*attempt, call.request);
    // Where no connection came about no backend had the request, so asking another is no load that the pool had not
    // been given anyway. Within the budget a pool that loses one backend of three would lose requests until checks see
    // it.
    const bool unseen = attempt->failure() == Failure::kConnect;
    const bool allowed = possible && (stale || unseen || pool.pool().retry_budget().withdraw(call.loop.now()));
    if (allowed && !stale) --retries_left;
    if (possible && !allowed) pool.counters().retries_refused.add();
    if (!allowed) {
      if (outcome) response.body = std::move(attempt);
      co_return outcome;
    }
    pool.counters().retries.add();
    ++call.record.retries;
    avoid = stale ? nullptr : chosen;
    fresh = stale;
    response.clear();
  }
}

Outlook PoolOrigin::outlook(const message::Request&, base::Arena&) const {
  Outlook out;
  out.pool = pool_;
  return out;
}

}  // namespace headgate::proxy::origin
