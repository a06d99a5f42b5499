#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace headgate::proxy::balance {

/// Keeps retries to a share of a pool's requests, so that a failing pool is not buried under its own retries
/// (as Finagle's RetryBudget). Each request deposits `percent` hundredths of a retry, each retry takes a whole one;
/// besides, kPerSecondAlways retries a second are always allowed. The balance is bounded to kBankedMax retries.
/// From any thread; a race may admit one retry too many per worker.
class RetryBudget {
 public:
  static constexpr std::uint32_t kPerSecondAlways = 3;
  static constexpr std::int64_t kBankedMax = 1000;

  void deposit(std::uint32_t percent);
  bool withdraw(base::Time now);

 private:
  std::atomic<std::int64_t> hundredths_{0};
  std::atomic<std::int64_t> second_{0};           // the second that used_in_second_ counts
  std::atomic<std::uint32_t> used_in_second_{0};
};

}  // namespace headgate::proxy::balance
