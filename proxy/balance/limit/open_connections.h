#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "proxy/balance/limit/bounded_count.h"

namespace headgate::proxy::balance::limit {

/// The connections that a pool has open, and which workers want one and found as many open as may be. From any thread.
class OpenConnections {
 public:
  /// `wake(worker)` makes a worker look again, soon and not at once.
  OpenConnections(std::size_t workers, std::function<void(std::size_t)> wake)
      : workers_(workers), wake_(std::move(wake)) {}

  bool take(std::uint32_t max) { return open_.take(max); }
  void give_back();
  std::uint32_t value() const { return open_.value(); }

  /// A worker wants one. Said before it looks once more; the others are woken, since one of them may have an idle
  /// connection to give up.
  void begin_wanting(std::size_t worker);
  /// Nobody on that worker does any more.
  void end_wanting(std::size_t worker);
  bool is_wanted() const { return wanting_.load(std::memory_order_seq_cst) != 0; }

 private:
  // A bit for each worker; those 64 apart share one, and are woken together.
  static std::uint64_t bit_of(std::size_t worker) { return std::uint64_t{1} << (worker % 64); }
  void wake_all(std::uint64_t bits);

  const std::size_t workers_;
  const std::function<void(std::size_t)> wake_;
  BoundedCount open_;
  std::atomic<std::uint64_t> wanting_{0};
};

}  // namespace headgate::proxy::balance::limit
