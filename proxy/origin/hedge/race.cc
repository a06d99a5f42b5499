#include "proxy/origin/hedge/race.h"

#include <utility>

#include "proxy/balance/limit/hedging.h"

namespace headgate::proxy::origin::hedge {

bool is_hedged(wire::http::Method method, const config::Hedge& settings) {
  return settings.takes_idempotent ? wire::http::is_idempotent(method) : wire::http::is_safe(method);
}

bool may_be_hedged(const message::Request& request, const balance::Wish& wish, const config::Hedge& settings) {
  return is_hedged(request.head.method, settings) && request.body == nullptr && !request.wants_upgrade &&
         wish.stay == 0;
}

Race::Race(Call& call, balance::WorkerPool& pool, balance::Lease lease, MakeAttempt make_attempt, IsAnswer is_answer)
    : call_(call),
      pool_(pool),
      protocol_(pool.settings().protocol),
      retry_on_(pool.settings().retry.on),
      make_attempt_(make_attempt),
      is_answer_(is_answer),
      first_lease_(std::move(lease)),
      began_(call.loop.now()),
      changed_(call.loop) {}

Race::~Race() {
  // The tasks run on the attempts.
  second_.cancel();
  first_.cancel();
}

net::Task<base::Result<void>> Race::run(message::Response& response, balance::Wish wish,
                                        base::Duration connect_timeout) {
  const base::Time patience_ends = patience();
  begin(first_, call_, std::move(first_lease_), response, connect_timeout);
  call_.client.cancel_when_gone(first_.is_running());
  const bool is_over = co_await changed_.wait(patience_ends);
  if (!is_over) ask_second(wish, connect_timeout);
  while (!is_decided()) {
    call_.client.cancel_when_gone(true);   // the attempt that failed has put an end to it
    co_await changed_.wait(base::kNever);  // each attempt has deadlines of its own
  }
  call_.client.cancel_when_gone(false);
  settle(response);
  co_return *winner().outcome;
}

/// Until when the first backend is the only one.
base::Time Race::patience() {
  balance::limit::Hedging* const hedging = pool_.hedging();
  if (hedging == nullptr) return base::kNever;
  pool_.pool().hedge_budget().deposit(hedging->settings().budget_percent);
  const std::optional<base::Duration> wait = hedging->wait(began_);
  return wait ? began_ + *wait : base::kNever;
}

void Race::begin(Runner& runner, Call& call, balance::Lease lease, message::Response& response,
                 base::Duration connect_timeout) {
  runner.backend = &lease.backend();
  runner.identity = lease.identity();
  runner.attempt = make_attempt_(protocol_, call, std::move(lease), pool_.worker());
  runner.task = drive(runner, response, connect_timeout);
  runner.task.start();
}

net::Task<void> Race::drive(Runner& runner, message::Response& response, base::Duration connect_timeout) {
  base::Result<void> outcome = co_await runner.attempt->run(response, connect_timeout, false);
  runner.status = response.head.status;
  runner.outcome.emplace(std::move(outcome));
  changed_.open();
}

void Race::ask_second(balance::Wish wish, base::Duration connect_timeout) {
  if (pool_.hedging() == nullptr) return;  // a reload has taken it away
  if (!pool_.pool().hedge_budget().withdraw(call_.loop.now())) {
    pool_.counters().hedges_refused.add();
    return;
  }
  balance::Lease lease = pool_.try_acquire_beside(*first_.backend, wish);
  if (!lease) {
    pool_.pool().hedge_budget().deposit(100);  // as it was
    return;
  }
  pool_.counters().hedges.add();
  ++call_.record.hedges;
  second_call_.emplace(call_);
  begin(second_, second_call_->call(), std::move(lease), second_call_->response(), connect_timeout);
}

bool Race::has_answered(const Runner& runner) const {
  return runner.outcome && *runner.outcome && is_answer_(retry_on_, runner.status);
}

bool Race::is_decided() const {
  if (has_answered(first_) || has_answered(second_)) return true;
  return !first_.is_running() && !second_.is_running();
}

/// The one that counts stays, and the exchange is told of it as if there had been no other.
void Race::settle(message::Response& response) {
  const base::Time now = call_.loop.now();
  const bool first_says_something = first_.outcome && *first_.outcome;
  const bool second_says_something = second_.outcome && *second_.outcome;
  second_won_ = !has_answered(first_) && second_says_something && (has_answered(second_) || !first_says_something);
  balance::limit::Hedging* const hedging = pool_.hedging();
  if (hedging != nullptr && has_answered(winner())) hedging->record(now - began_, now);
  if (!second_won_) {
    if (second_.is_running()) second_.attempt->note_given_up();
    second_.cancel();
    return;
  }
  if (first_.is_running()) first_.attempt->note_given_up();
  first_.cancel();
  if (has_answered(second_)) pool_.counters().hedges_won.add();
  response = std::move(second_call_->response());
  const message::Record& record = second_call_->record();
  call_.record.backend_chosen = record.backend_chosen;
  call_.record.connected = record.connected;
  call_.record.response_head = record.response_head;
  call_.record.backend = record.backend;
  call_.record.backend_address = record.backend_address;
  call_.record.connection_reused = record.connection_reused;
}

}  // namespace headgate::proxy::origin::hedge
