#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/balance/backend.h"
#include "proxy/balance/retry_budget.h"

namespace headgate::proxy::balance {

/// What one worker counted of one pool.
struct PoolCounters {
  base::Counter requests;          ///< that asked for a backend
  base::Counter retries;           ///< further attempts
  base::Counter retries_refused;   ///< because the budget was used up
  base::Counter queued;            ///< that had to wait
  base::Counter queue_timeouts;
  base::Counter queue_overflows;
  base::Counter no_backend;        ///< nothing healthy
  base::LatencyHistogram queue_time;
};

/// A pool as one configuration and one answer of DNS have it. Immutable.
struct PoolVersion {
  struct Member {
    std::shared_ptr<Backend> backend;
    std::uint32_t weight = 1;
    std::uint32_t max_requests = 0;
    bool backup = false;
  };
  config::Pool settings;
  std::vector<Member> members;
};

/// A pool, known by its name. It outlives reloads. The control thread publishes versions; workers notice by the
/// generation, which costs one load a request.
class Pool {
 public:
  /// `wake_worker(w)` runs wake-up work for this pool on worker w: called when a slot came free that another waits for.
  using WakeWorker = std::function<void(std::size_t worker, Pool& pool)>;
  Pool(std::string name, std::size_t workers, WakeWorker wake_worker);

  const std::string& name() const { return name_; }

  /// Control thread. A new version, or a change of some member's health, moves the generation on.
  void publish(std::shared_ptr<const PoolVersion> version);
  void health_changed() { generation_.fetch_add(1, std::memory_order_release); }

  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const PoolVersion> version() const;

  RetryBudget& retry_budget() { return retry_budget_; }
  PoolCounters& counters(std::size_t worker) { return counters_.of(worker); }
  const base::PerWorker<PoolCounters>& counters() const { return counters_; }

  /// Requests that wait for a backend, over all workers.
  std::atomic<std::uint32_t> waiting{0};
  /// Workers with waiting requests say so here (bit worker % 64).
  std::atomic<std::uint64_t> workers_waiting{0};
  /// After a slot came free on worker `self` and nobody waits there: wakes one worker that has somebody waiting.
  void wake_another(std::size_t self);

 private:
  std::string name_;
  std::size_t workers_;
  WakeWorker wake_worker_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const PoolVersion> version_;
  RetryBudget retry_budget_;
  base::PerWorker<PoolCounters> counters_;
};

}  // namespace headgate::proxy::balance
