#include "proxy/balance/pool.h"

#include <algorithm>
#include <utility>

#include "proxy/balance/limit/adaptive_limit.h"

namespace headgate::proxy::balance {
namespace {

constexpr std::size_t kWorkersPerWord = 64;

}  // namespace

Pool::Pool(std::string name, std::size_t workers, WakeWorker wake_worker)
    : name_(std::move(name)),
      wake_worker_(std::move(wake_worker)),
      counters_(workers),
      workers_waiting_((workers + kWorkersPerWord - 1) / kWorkersPerWord),
      connections_(workers, [this](std::size_t worker) { wake_worker_(worker, *this); }) {}

void Pool::publish(std::shared_ptr<const PoolVersion> version) {
  if (const std::optional<config::Adaptive>& wanted = version->settings.adaptive) {
    if (adaptive_ == nullptr) {
      adaptive_ = std::make_unique<limit::AdaptiveLimit>(*wanted, base::now());
    } else {
      adaptive_->follow(*wanted);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    version_.swap(version);
  }
  // After the version: a worker that sees the new generation must find the new version.
  generation_.fetch_add(1, std::memory_order_seq_cst);
}

std::shared_ptr<const PoolVersion> Pool::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

Pool::~Pool() = default;

PoolLoad Pool::load(const config::Pool& settings, base::Time now) const {
  PoolLoad out = {.requests = requests_under_way_.value(),
                  .request_limit = request_limit_of(settings),
                  .connections = connections_.value(),
                  .connection_limit = settings.limits.connections,
                  .retries = retries_under_way_.value(),
                  .retry_limit = settings.limits.retries};
  out.wait_in_queue = wait_of_next(now);
  if (!settings.adaptive || adaptive_ == nullptr) return out;
  out.is_adaptive = true;
  out.request_limit = out.request_limit == 0 ? adaptive_->limit() : std::min(out.request_limit, adaptive_->limit());
  out.lowest_latency = adaptive_->lowest();
  out.latency = adaptive_->latency();
  return out;
}

std::optional<base::Duration> Pool::wait_of_next(base::Time now) const {
  const std::uint32_t ahead = waiting();
  const std::lock_guard lock(pace_mutex_);
  return pace_.wait_behind(ahead, now);
}

bool Pool::begin_waiting(std::uint32_t size_max, base::Time now) {
  std::uint32_t before = waiting_.load(std::memory_order_relaxed);
  while (true) {
    if (before >= size_max) return false;
    if (waiting_.compare_exchange_weak(before, before + 1, std::memory_order_seq_cst)) break;
  }
  const std::lock_guard lock(pace_mutex_);
  pace_.note_waiting(waiting() != 0, now);
  return true;
}

void Pool::end_waiting(bool was_served, base::Time now) {
  waiting_.fetch_sub(1, std::memory_order_seq_cst);
  const std::lock_guard lock(pace_mutex_);
  if (was_served) pace_.note_served(now);
  pace_.note_waiting(waiting() != 0, now);
}

void Pool::mark_waiting(std::size_t worker, bool any_waiting) {
  std::atomic<std::uint64_t>& word = workers_waiting_[worker / kWorkersPerWord];
  const std::uint64_t bit = std::uint64_t{1} << (worker % kWorkersPerWord);
  if (any_waiting) {
    word.fetch_or(bit, std::memory_order_seq_cst);
  } else {
    word.fetch_and(~bit, std::memory_order_seq_cst);
  }
}

void Pool::wake_all(std::size_t self) {
  for (std::size_t worker = 0; worker < counters_.size(); ++worker) {
    const std::uint64_t word = workers_waiting_[worker / kWorkersPerWord].load(std::memory_order_seq_cst);
    if (worker != self && (word >> (worker % kWorkersPerWord) & 1) != 0) wake_worker_(worker, *this);
  }
}

bool Pool::wake_another(std::size_t self) {
  const std::size_t workers = counters_.size();
  const std::size_t start = wake_next_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < workers; ++i) {
    const std::size_t worker = (start + i) % workers;
    const std::uint64_t word = workers_waiting_[worker / kWorkersPerWord].load(std::memory_order_seq_cst);
    if (worker == self || (word >> (worker % kWorkersPerWord) & 1) == 0) continue;
    wake_worker_(worker, *this);
    return true;
  }
  return false;
}

}  // namespace headgate::proxy::balance
