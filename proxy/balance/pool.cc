#include "proxy/balance/pool.h"

#include <utility>

namespace headgate::proxy::balance {
namespace {

constexpr std::size_t kWorkersPerWord = 64;

}  // namespace

Pool::Pool(std::string name, std::size_t workers, WakeWorker wake_worker)
    : name_(std::move(name)),
      wake_worker_(std::move(wake_worker)),
      counters_(workers),
      workers_waiting_((workers + kWorkersPerWord - 1) / kWorkersPerWord) {}

void Pool::publish(std::shared_ptr<const PoolVersion> version) {
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

bool Pool::begin_waiting(std::uint32_t size_max) {
  std::uint32_t before = waiting_.load(std::memory_order_relaxed);
  while (before < size_max) {
    if (waiting_.compare_exchange_weak(before, before + 1, std::memory_order_seq_cst)) return true;
  }
  return false;
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
