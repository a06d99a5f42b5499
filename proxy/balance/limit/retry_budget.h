#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace headgate::proxy::balance::limit {

/// Keeps retries to a share of a pool's requests, so that a failing pool is not buried under its own retries
/// (as Finagle's RetryBudget). Each request deposits `percent` hundredths of a retry, each retry takes a whole one;
/// besides, kPerSecondAlways retries a second are always allowed, and used first. The balance is bounded to kBankedMax
/// retries. From any thread, without a lock; a full balance costs a request one load.
class RetryBudget {
 public:
  static constexpr std::uint32_t kPerSecondAlways = 3;
  static constexpr std::int64_t kBankedMax = 1000;

  void deposit(std::uint32_t percent);
  /// Whether one more retry is allowed; it is then taken.
  bool withdraw(base::Time now);

 private:
  bool take_free_one(base::Time now);

  std::atomic<std::int64_t> hundredths_{0};
  std::atomic<std::uint64_t> free_taken_{0};  // the second in the upper bits, how many were taken in it in the lowest 8
};

}  // namespace headgate::proxy::balance::limit
