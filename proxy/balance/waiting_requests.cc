#include "proxy/balance/waiting_requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/balance/worker_backend.h"

// Requests that wait for a backend with room: they come in when all are busy, and leave in order as slots come free.
namespace headgate::proxy::balance {

net::Task<base::Result<Lease>> WorkerPool::acquire(Wish wish, base::Time deadline) {
  using LeaseResult = base::Result<Lease>;
  Lease at_once = try_acquire(wish);
  if (at_once) co_return LeaseResult(std::move(at_once));
  if (wish.avoid == nullptr) counters_->requests.add();
  if (!has_any_for(wish)) co_return LeaseResult(no_healthy_backend());

  if (std::optional<base::Error> error = shed(wish)) co_return LeaseResult(std::move(*error));

  const bool is_first = waiting_.empty() || is_sticky() || regional_ != nullptr;
  WaitingRequest request(*this, wish);
  const config::Queue queue = version_->settings.queue;
  if (!join_queue(request)) {
    counters_->queue_overflows.add();
    co_return LeaseResult(base::Error{
        base::ErrorKind::kUnavailable, base::Fault::kUpstream,
        fmt::format("pool {}: all backends are busy, and {} requests wait already", pool_->name(), queue.size)});
  }
  // A slot given back, or a backend come up, just before somebody was seen to wait here would wake nobody. Who comes
  // second need not look, and must not: what is free now was left to another worker.
  if (is_first) {
    refresh();
    serve_waiting();
  }
  const base::Time began = loop_.now();
  const bool had_turn = co_await request.turn.wait(std::min(deadline, began + queue.timeout));
  counters_->queue_time.record(loop_.now() - began);
  if (request.lease) co_return LeaseResult(std::move(request.lease));
  if (had_turn) co_return LeaseResult(no_healthy_backend());
  counters_->queue_timeouts.add();
  co_return LeaseResult(base::Error{base::ErrorKind::kTimeout, base::Fault::kHeadgate,
                                    fmt::format("pool {}: no backend came free in time", pool_->name())});
}

/// Who would wait in vain learns so at once. Somebody must wait for the pace to be known, and who waits for one backend
/// does not go by the pace of the others.
std::optional<base::Error> WorkerPool::shed(const Wish& wish) {
  const config::Queue& queue = version_->settings.queue;
  const base::Duration longest = queue.shed.value_or(queue.timeout);
  if (longest == base::Duration(0) || pool_->waiting() == 0 || home_of(wish) != nullptr) return std::nullopt;
  const std::optional<base::Duration> wait = pool_->wait_of_next(loop_.now());
  if (!wait || *wait <= longest) return std::nullopt;
  counters_->shed.add();
  const double seconds = std::chrono::duration<double>(*wait).count();
  return base::Error{
      base::ErrorKind::kUnavailable, base::Fault::kUpstream,
      fmt::format("pool {}: all backends are busy, and it would wait for about {:.3g} s", pool_->name(), seconds)};
}

std::uint16_t WorkerPool::retry_after() {
  const std::optional<base::Duration> wait = pool_->wait_of_next(loop_.now());
  const std::int64_t whole = wait ? std::chrono::ceil<std::chrono::seconds>(*wait).count() : 1;
  const auto seconds = static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 1, kRetryAfterMax));
  return static_cast<std::uint16_t>(seconds + random_.below(seconds + 1));
}

base::Error WorkerPool::no_healthy_backend() const {
  counters_->no_backend.add();
  return base::Error{
      base::ErrorKind::kUnavailable, base::Fault::kUpstream,
      fmt::format("pool {}: no healthy backend ({} of {} up)", pool_->name(), eligible_.up, members_.size())};
}

bool WorkerPool::join_queue(WaitingRequest& request) {
  if (!pool_->begin_waiting(version_->settings.queue.size, loop_.now())) return false;
  counters_->queued.add();
  waiting_.push_back(request);
  ++waiting_count_;
  if (request.wish.stay == 0) ++waiting_for_any_;
  pool_->mark_waiting(worker_, true);
  return true;
}

void WorkerPool::leave_queue(WaitingRequest& request, bool is_served) {
  request.unlink();
  --waiting_count_;
  if (request.wish.stay == 0) --waiting_for_any_;
  if (waiting_.empty()) pool_->mark_waiting(worker_, false);
  pool_->end_waiting(is_served, loop_.now());
}

/// `member`'s slot has been taken for the request.
void WorkerPool::grant(WaitingRequest& request, WorkerBackend& member) {
  leave_queue(request, true);
  request.lease = lease_of(member);
  request.turn.open();
}

/// In the order of coming; who waits for one backend or region keeps nobody from the others.
void WorkerPool::serve_waiting() {
  bool others_are_full = false;
  for (WaitingRequest* next = waiting_.first(); next != nullptr;) {
    WaitingRequest& request = *next;
    next = waiting_.next(request);
    const bool has_home = home_of(request.wish) != nullptr;
    if (!has_home && eligible_.candidates.empty()) {
      leave_queue(request);
      request.turn.open();
      continue;
    }
    if (!has_home && others_are_full) continue;
    if (WorkerBackend* member = pick(request.wish)) {
      grant(request, *member);
    } else if (!is_sticky() && regional_ == nullptr) {
      return;
    } else {
      others_are_full = others_are_full || (!has_home && regional_ == nullptr);
    }
  }
}

void WorkerPool::wake_first_waiting() {
  refresh();
  serve_waiting();
  if (pool_->connections().is_wanted()) [[unlikely]]
    serve_wanted_connections();
  // There may be more free than was used here, or whom this was meant for has gone.
  if (waiting_.empty() && pool_->waiting() != 0) pool_->wake_another(worker_);
}

/// A slot of `freed` came free (null: of a backend that left), and somebody waits, here or on another worker.
void WorkerPool::pass_on_slot(WorkerBackend* freed) {
  const std::uint32_t here = waiting_count_;
  const std::uint32_t everywhere = pool_->waiting();
  // In proportion to how many wait, since a worker that always kept its slots would let the others' requests starve.
  const bool others_turn = here < everywhere && random_.below(everywhere) >= here;
  if (is_sticky() || regional_ != nullptr) return pass_on_sticky_slot(others_turn);
  if (others_turn && pool_->wake_another(worker_)) return;
  if (waiting_.empty()) return;
  if (limits_requests_) return wake_first_waiting();
  // What came free is what there is: looking through a thousand busy backends would find nothing else.
  WaitingRequest& first = waiting_.front();
  const bool fits = pool_->generation() == generation_ && freed != nullptr && freed->weight != 0 &&
                    freed->backend.get() != first.wish.avoid;
  if (fits && take_slot(*freed)) {
    grant(first, *freed);
  } else {
    wake_first_waiting();
  }
}

/// Who waits may wait for one backend or region, so nobody knows on which worker somebody waits for this: all look.
void WorkerPool::pass_on_sticky_slot(bool others_turn) {
  if (!others_turn) {
    refresh();
    serve_waiting();
  }
  if (pool_->waiting() != waiting_count_) pool_->wake_all(worker_);
  if (others_turn && !waiting_.empty()) pool_->wake(worker_);  // by mail, as they are
}

}  // namespace headgate::proxy::balance
