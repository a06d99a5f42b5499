#include <fmt/format.h>

#include <algorithm>

#include "proxy/balance/limit/adaptive_limit.h"
#include "proxy/balance/limit/hedging.h"
#include "proxy/balance/limit/wanted_connection.h"
#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

// What a pool may have at once over all its backends and workers, as one worker keeps to it.
namespace headgate::proxy::balance {
namespace {

/// Looking again more often than this would be for requests that others were quicker to serve each time.
constexpr int kLooksMax = 4;

}  // namespace

std::uint32_t request_limit_of(const config::Pool& pool) {
  const std::uint32_t requests = pool.limits.requests;
  const std::uint32_t connections = config::speaks_http2(pool.protocol) ? 0 : pool.limits.connections;
  if (requests == 0 || connections == 0) return std::max(requests, connections);
  return std::min(requests, connections);
}

void WorkerPool::follow_hedging() {
  const std::optional<config::Hedge>& wanted = version_->settings.hedge;
  if (!wanted) {
    hedging_.reset();
  } else if (hedging_ == nullptr) {
    hedging_ = std::make_unique<limit::Hedging>(*wanted);
  } else {
    hedging_->follow(*wanted);
  }
}

Lease WorkerPool::try_acquire_beside(const Backend& first, Wish wish) {
  refresh();
  if (pool_->waiting() != 0) return Lease();
  const bool has_other = std::ranges::any_of(eligible_.candidates, [&](const choose::Candidate& candidate) {
    const WorkerBackend& member = *members_[candidate.member];
    return member.backend.get() != &first && has_room(member);
  });
  if (!has_other) return Lease();
  wish.avoid = &first;
  wish.stay = 0;
  WorkerBackend* const member = pick(wish);
  if (member == nullptr) return Lease();
  Lease lease = lease_of(*member);
  if (&lease.backend() == &first) lease.release();  // the other's room went to another worker just now
  return lease;
}

void WorkerPool::follow_limits() {
  request_limit_ = request_limit_of(version_->settings);
  adaptive_ = version_->settings.adaptive ? pool_->adaptive() : nullptr;
  const bool limits = request_limit_ != 0 || adaptive_ != nullptr;
  if (limits == limits_requests_) return;
  std::uint32_t under_way = 0;
  for (const std::unique_ptr<WorkerBackend>& member : members_) under_way += member->leases;
  for (const std::unique_ptr<WorkerBackend>& member : departed_) under_way += member->leases;
  limits_requests_ = limits;
  if (limits) {
    pool_->requests_under_way().add(under_way);
  } else {
    pool_->requests_under_way().remove(under_way);
  }
}

std::uint32_t WorkerPool::request_limit() const {
  if (adaptive_ == nullptr) return request_limit_;
  return request_limit_ == 0 ? adaptive_->limit() : std::min(request_limit_, adaptive_->limit());
}

void WorkerPool::note_latency(base::Duration latency, base::Time now) {
  if (adaptive_ == nullptr || !adaptive_->note_latency(latency, now) || pool_->waiting() == 0) return;
  pool_->wake_all(worker_);
  if (!waiting_.empty()) pool_->wake(worker_);
}

bool WorkerPool::has_any_room(const Wish& wish) const {
  if (const WorkerBackend* const home = home_of(wish)) return has_room(*home);
  return std::ranges::any_of(eligible_.candidates, [this](const choose::Candidate& candidate) {
    return has_room(*members_[candidate.member]);
  });
}

WorkerBackend* WorkerPool::pick_within_limit(const Wish& wish) {
  limit::BoundedCount& under_way = pool_->requests_under_way();
  for (int look = 0; look < kLooksMax && has_any_room(wish) && under_way.take(request_limit()); ++look) {
    if (WorkerBackend* const member = pick_member(wish)) {
      if (adaptive_ != nullptr) adaptive_->note_under_way(under_way.value());
      return member;
    }
    under_way.give_back();
    // Who looked just then found one fewer than there were, and waits: he is woken by whoever has what was free, or, if
    // it still is, by this request when it ends.
    if (pool_->waiting() == 0) return nullptr;
  }
  return nullptr;
}

void WorkerPool::begin_wanting(limit::WantedConnection& request) {
  wanted_connections_.push_back(request);
  pool_->connections().begin_wanting(worker_);
}

void WorkerPool::end_wanting(limit::WantedConnection& request) {
  request.unlink();
  if (wanted_connections_.empty()) pool_->connections().end_wanting(worker_);
}

/// Room came, or is asked for.
void WorkerPool::serve_wanted_connections() {
  if (wanted_connections_.empty()) {
    close_idle_connection();
    return;
  }
  for (limit::WantedConnection* each = wanted_connections_.first(); each != nullptr;) {
    each->room.open();
    each = wanted_connections_.next(*each);
  }
}

bool WorkerPool::close_idle_connection() {
  for (const std::unique_ptr<WorkerBackend>& member : members_) {
    if (member->idle.close_oldest()) return true;
  }
  return false;
}

std::optional<ConnectionSlot> WorkerPool::take_connection_slot(WorkerBackend& member) {
  const std::uint32_t backend_max = version_->settings.connections.max;
  const std::uint32_t pool_max = version_->settings.limits.connections;
  std::optional<ConnectionSlot> slot = ConnectionSlot::take(member.backend, backend_max, *pool_, pool_max);
  if (slot) return slot;
  const bool is_pool_full = pool_max != 0 && pool_->connections().value() >= pool_max;
  const bool has_made_room = member.idle.close_oldest() || (is_pool_full && close_idle_connection());
  if (!has_made_room) return std::nullopt;
  return ConnectionSlot::take(member.backend, backend_max, *pool_, pool_max);
}

bool WorkerPool::is_full_of_connections() const {
  const std::uint32_t pool_max = version_->settings.limits.connections;
  return pool_max != 0 && pool_->connections().value() >= pool_max;
}

net::Task<std::optional<ConnectionSlot>> WorkerPool::wait_for_connection_slot(WorkerBackend& member,
                                                                              base::Time deadline) {
  using Slot = std::optional<ConnectionSlot>;
  limit::WantedConnection wanted(*this);
  while (true) {
    Slot slot = take_connection_slot(member);
    if (slot) co_return Slot(std::move(slot));
    const bool has_changed = co_await wanted.room.wait(deadline);
    if (!has_changed) co_return Slot();
  }
}

base::Error WorkerPool::no_connection(const WorkerBackend& member) const {
  counters_->connections_refused.add();
  const std::uint32_t pool_max = version_->settings.limits.connections;
  std::string text = is_full_of_connections()
                         ? fmt::format("pool {}: its {} connections are open", pool_->name(), pool_max)
                         : fmt::format("pool {}: backend {} has its {} connections open", pool_->name(),
                                       member.backend->id(), version_->settings.connections.max);
  return base::Error{base::ErrorKind::kUnavailable, base::Fault::kUpstream, std::move(text)};
}

}  // namespace headgate::proxy::balance
