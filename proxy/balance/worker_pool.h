#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/balance/connection.h"
#include "proxy/balance/pool.h"

namespace headgate::proxy::balance {

class WorkerPool;
struct WorkerBackend;

/// The right to send one request to one backend. Destroying it gives the slot back and wakes who waits for it.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  explicit operator bool() const { return backend_ != nullptr; }
  Backend& backend() const;
  /// The most recently used idle connection to this backend that is still open and silent, or null.
  std::unique_ptr<Connection> take_idle();
  /// Connects; at the limit of connections (over all workers) an error of kind kUnavailable.
  net::Task<base::Result<std::unique_ptr<Connection>>> connect(base::Time deadline);
  /// Keeps a connection for the next request; beyond the bound, or if it is not silent, it is closed.
  void keep(std::unique_ptr<Connection> connection);
  void release();

 private:
  friend class WorkerPool;
  Lease(WorkerPool* pool, WorkerBackend* backend) : pool_(pool), backend_(backend) {}
  WorkerPool* pool_ = nullptr;
  WorkerBackend* backend_ = nullptr;
};

/// One worker's view of one pool: which backends may be chosen, whose turn it is, idle connections, who waits.
/// Belongs to its worker's thread.
class WorkerPool {
 public:
  WorkerPool(net::Loop& loop, std::shared_ptr<Pool> pool, std::size_t worker, std::uint64_t seed);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The backend whose turn it is, without waiting; empty if all are busy or none is healthy. `avoid` was tried before and
  /// is taken only if there is no other.
  Lease try_acquire(const Backend* avoid);

  /// The same, waiting in the pool's queue if all are busy: at most queue.timeout, and not beyond `deadline`.
  /// kUnavailable: no healthy backend, or the queue is full; kTimeout: none came free in time.
  net::Task<base::Result<Lease>> acquire(const Backend* avoid, base::Time deadline);

  /// The settings of the version in use.
  const config::Pool& settings();
  Pool& pool() { return *pool_; }
  PoolCounters& counters() { return pool_->counters(worker_); }
  std::size_t worker() const { return worker_; }

  /// Lets the first who waits try again: a slot came free on another worker, or health changed.
  void wake_first_waiting();

 private:
  friend class Lease;
  // To be filled in.
  net::Loop& loop_;
  std::shared_ptr<Pool> pool_;
  std::size_t worker_;
};

}  // namespace headgate::proxy::balance
