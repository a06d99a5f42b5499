#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/balance/backend.h"
#include "proxy/balance/limit/bounded_count.h"
#include "proxy/balance/limit/open_connections.h"
#include "proxy/balance/limit/queue_pace.h"
#include "proxy/balance/limit/retry_budget.h"

namespace headgate::net::tls {
class KnownServer;
}

namespace headgate::proxy::balance::choose {
class HashTable;
}
namespace headgate::proxy::sticky {
class Keyring;
namespace table {
class Store;
}
}  // namespace headgate::proxy::sticky

namespace headgate::proxy::balance {

/// What one worker counted of one pool.
struct PoolCounters {
  base::Counter requests;             ///< that asked for a backend, once each: further attempts are `retries`
  base::Counter retries;              ///< further attempts
  base::Counter retries_refused;      ///< because the budget was used up, or as many were under way as may be
  base::Counter connections_refused;  ///< because as many were open as may be, to the backend or in all
  base::Counter hedges;               ///< requests that were asked of a second backend as well
  base::Counter hedges_won;           ///< which answered first
  base::Counter hedges_refused;       ///< because the budget was used up
  base::Counter queued;               ///< that had to wait
  base::Counter queue_timeouts;
  base::Counter queue_overflows;
  base::Counter shed;        ///< since the queue moves too slowly to serve them in time
  base::Counter no_backend;  ///< nothing healthy
  base::Gauge in_flight;     ///< requests under way
  // First attempts where the pool chooses by hash, but for those that had to wait and took what came free.
  base::Counter hash_named;    ///< to the backend that their key names
  base::Counter hash_next;     ///< to another, since that one could not be taken
  base::Counter hash_keyless;  ///< without what is hashed
  base::Counter stayed;        ///< whose session's backend took them
  base::Counter moved;         ///< whose session's backend could not, or did not answer
  base::Counter unheld;        ///< whose cookie did not hold: forged, foreign or expired
  base::LatencyHistogram queue_time;
};

/// Requests that a pool of these settings may have under way at once; 0: any number. Where each has a connection to
/// itself, the limit of connections is one of requests too: who comes beyond it waits in the queue.
std::uint32_t request_limit_of(const config::Pool& pool);

namespace limit {
class AdaptiveLimit;
}

/// How much a pool has under way, and how much it may; a limit of 0: there is none.
struct PoolLoad {
  std::uint32_t requests = 0;  ///< counted only where they are limited
  std::uint32_t request_limit = 0;
  std::uint32_t connections = 0;
  std::uint32_t connection_limit = 0;
  std::uint32_t retries = 0;
  std::uint32_t retry_limit = 0;
  bool is_adaptive = false;                                    ///< the limit of requests follows latency
  base::Duration lowest_latency{};                             ///< with it; zero: not known yet
  base::Duration latency{};                                    ///< the same
  std::optional<base::Duration> wait_in_queue = std::nullopt;  ///< of who joins it now; nothing: it is not known
  bool is_full() const { return request_limit != 0 && requests >= request_limit; }
};

/// A pool as one configuration and one answer of DNS have it. Immutable.
struct PoolVersion {
  /// How DNS names a member.
  struct Discovered {
    std::string name;            ///< the host or service of the configuration
    std::string target;          ///< of a service: the host that its record leads to
    std::uint16_t priority = 0;  ///< of a service: as its record says
    std::uint16_t record_weight = 0;
  };
  struct Member {
    std::shared_ptr<Backend> backend;
    std::uint32_t weight = 1;
    std::uint32_t max_requests = 0;
    bool backup = false;
    std::shared_ptr<net::tls::KnownServer> server = nullptr;  ///< null: it is spoken to without TLS
    std::uint32_t priority = 0;                               ///< lower comes first
    std::uint16_t elsewhere = 0;  ///< so many regions are nearer to this instance; 0: its own
    std::string region = {};      ///< where it stands; empty: not said
    std::uint64_t identity = 0;   ///< by which sessions know it; 0: they do not
    std::shared_ptr<const Discovered> discovered = nullptr;  ///< null: the configuration has its address
  };
  config::Pool settings;
  std::vector<Member> members;
  /// Where the pool chooses by hash: for each level (choose/levels.h), of the backups and of the others, that has a
  /// weight; and with `views` one for all of a priority, wherever they stand (kAnywhere).
  static constexpr std::uint16_t kAnywhere = 0xffff;
  struct LevelTable {
    bool backup = false;
    std::uint32_t priority = 0;
    std::uint16_t elsewhere = 0;
    std::shared_ptr<const choose::HashTable> table;
  };
  std::vector<LevelTable> tables;
  /// The same for clients of each region, where clients have one and members stand in some.
  struct RegionView {
    std::uint64_t region = 0;              ///< as Wish::region
    std::vector<std::uint16_t> elsewhere;  ///< of each member, from there
  };
  std::vector<RegionView> views;
  std::shared_ptr<const sticky::Keyring> keys = nullptr;     ///< of its cookies; null: it has none
  std::shared_ptr<sticky::table::Store> sessions = nullptr;  ///< that it keeps in a table; null: it does not
};

/// A pool, known by its name. It outlives reloads. The control thread publishes versions; workers notice by the
/// generation, which costs one load a request.
class Pool {
 public:
  /// `wake_worker(w)` makes worker w call WorkerPool::wake_first_waiting() for this pool, soon: a slot came free that
  /// somebody may wait for there. It is called from any worker's thread, must not run anything at once, and no call may
  /// be dropped as long as requests wait there.
  using WakeWorker = std::function<void(std::size_t worker, Pool& pool)>;
  Pool(std::string name, std::size_t workers, WakeWorker wake_worker);
  ~Pool();

  const std::string& name() const { return name_; }

  /// Control thread. A new version, or a change of some member's health, moves the generation on. Who waits does not
  /// notice by himself: the caller then has every worker call WorkerPool::wake_first_waiting(), if waiting() is not 0.
  void publish(std::shared_ptr<const PoolVersion> version);
  void health_changed() { generation_.fetch_add(1, std::memory_order_seq_cst); }

  std::uint64_t generation() const { return generation_.load(std::memory_order_seq_cst); }
  std::shared_ptr<const PoolVersion> version() const;

  limit::RetryBudget& retry_budget() { return retry_budget_; }
  /// With `settings`, those of a version.
  PoolLoad load(const config::Pool& settings, base::Time now) const;
  /// Null until a version wants it.
  limit::AdaptiveLimit* adaptive() const { return adaptive_.get(); }
  limit::RetryBudget& hedge_budget() { return hedge_budget_; }
  limit::BoundedCount& retries_under_way() { return retries_under_way_; }
  /// Counted only while the pool limits them.
  limit::BoundedCount& requests_under_way() { return requests_under_way_; }
  const limit::BoundedCount& requests_under_way() const { return requests_under_way_; }
  limit::OpenConnections& connections() { return connections_; }
  const limit::OpenConnections& connections() const { return connections_; }
  PoolCounters& counters(std::size_t worker) { return counters_.of(worker); }
  const base::PerWorker<PoolCounters>& counters() const { return counters_; }

  /// Requests that wait for a backend, over all workers.
  std::uint32_t waiting() const { return waiting_.load(std::memory_order_seq_cst); }
  /// One more request waits; false if `size_max` wait already.
  bool begin_waiting(std::uint32_t size_max, base::Time now);
  /// One request waits no more; whether since it was served.
  void end_waiting(bool was_served, base::Time now);
  /// How long a request would wait that joined the queue now; nothing: it is not known how fast that moves.
  std::optional<base::Duration> wait_of_next(base::Time now) const;
  /// Whether `worker` has waiting requests at all. Said by that worker, before it looks for a free slot once more.
  void mark_waiting(std::size_t worker, bool any_waiting);
  /// A slot is free that worker `self` leaves to others: wakes one other worker that has somebody waiting, in turn.
  /// False if there is none.
  bool wake_another(std::size_t self);
  /// Wakes all others that have somebody waiting.
  void wake_all(std::size_t self);
  void wake(std::size_t worker) { wake_worker_(worker, *this); }

 private:
  std::string name_;
  WakeWorker wake_worker_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const PoolVersion> version_;
  base::PerWorker<PoolCounters> counters_;
  // A slot given back and a request that begins to wait must not miss each other: the one gives back, then reads these;
  // the other writes these, then looks for a slot. So it is with the generation. Hence sequentially consistent, all.
  alignas(64) std::atomic<std::uint32_t> waiting_{0};
  std::vector<std::atomic<std::uint64_t>> workers_waiting_;  // a bit for each worker
  std::atomic<std::size_t> wake_next_{0};
  alignas(64) limit::RetryBudget retry_budget_;
  alignas(64) limit::RetryBudget hedge_budget_;
  alignas(64) limit::BoundedCount requests_under_way_;
  alignas(64) limit::BoundedCount retries_under_way_;
  limit::OpenConnections connections_;
  std::unique_ptr<limit::AdaptiveLimit> adaptive_;  // made once, before the version that wants it is published
  mutable std::mutex pace_mutex_;                   // taken by who joins and leaves the queue alone
  limit::QueuePace pace_;
};

}  // namespace headgate::proxy::balance
