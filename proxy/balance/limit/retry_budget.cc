#include "proxy/balance/limit/retry_budget.h"

#include <algorithm>
#include <chrono>

namespace headgate::proxy::balance::limit {
namespace {

constexpr std::int64_t kHundredthsMax = RetryBudget::kBankedMax * 100;

}  // namespace

void RetryBudget::deposit(std::uint32_t percent) {
  std::int64_t before = hundredths_.load(std::memory_order_relaxed);
  while (before < kHundredthsMax) {
    const std::int64_t after = std::min(before + percent, kHundredthsMax);
    if (hundredths_.compare_exchange_weak(before, after, std::memory_order_relaxed)) return;
  }
}

bool RetryBudget::withdraw(base::Time now) {
  if (take_free_one(now)) return true;
  std::int64_t before = hundredths_.load(std::memory_order_relaxed);
  while (before >= 100) {
    if (hundredths_.compare_exchange_weak(before, before - 100, std::memory_order_relaxed)) return true;
  }
  return false;
}

bool RetryBudget::take_free_one(base::Time now) {
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::uint64_t none_taken = static_cast<std::uint64_t>(second) << 8;
  std::uint64_t before = free_taken_.load(std::memory_order_relaxed);
  while (true) {
    const std::uint64_t from = before < none_taken ? none_taken : before;
    if ((from & 0xff) >= kPerSecondAlways) return false;
    if (free_taken_.compare_exchange_weak(before, from + 1, std::memory_order_relaxed)) return true;
  }
}

}  // namespace headgate::proxy::balance::limit
