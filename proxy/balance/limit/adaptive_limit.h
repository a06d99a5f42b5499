#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "proxy/balance/limit/gradient.h"
#include "proxy/balance/limit/latency_buckets.h"

namespace headgate::proxy::balance::limit {

/// A Gradient that all workers feed: they count answers by their latency, and whoever finds a window over tells it.
/// From any thread; nobody waits for another.
class AdaptiveLimit {
 public:
  /// A window is over with so many answers after so long, since the median of fewer is a guess, or with kFewAnswers
  /// after kLongWindow.
  static constexpr std::uint32_t kAnswers = 50;
  static constexpr base::Duration kWindow = std::chrono::milliseconds(100);
  static constexpr std::uint32_t kFewAnswers = 10;
  static constexpr base::Duration kLongWindow = std::chrono::seconds(1);

  AdaptiveLimit(const config::Adaptive& settings, base::Time now);
  void follow(const config::Adaptive& settings);

  std::uint32_t limit() const { return limit_.load(std::memory_order_seq_cst); }
  /// There are so many under way now.
  void note_under_way(std::uint32_t count) {
    if (count > most_under_way_.load(std::memory_order_relaxed)) raise_most(count);
  }
  /// An answer came, or was given up after that time. True if the limit has become higher: somebody may wait for that.
  bool note_latency(base::Duration latency, base::Time now);

  /// For people: the lowest latency of late, and that of now.
  base::Duration lowest() const { return base::Duration(lowest_ns_.load(std::memory_order_relaxed)); }
  base::Duration latency() const { return base::Duration(latency_ns_.load(std::memory_order_relaxed)); }

 private:
  void raise_most(std::uint32_t count);
  bool is_over(std::uint32_t answers, base::Time now) const;
  base::Duration take_median();
  void tell();

  std::atomic<std::uint32_t> limit_;
  std::atomic<std::int64_t> lowest_ns_{0};
  std::atomic<std::int64_t> latency_ns_{0};
  alignas(64) std::array<std::atomic<std::uint32_t>, LatencyBuckets::kCount> counts_{};
  alignas(64) std::atomic<std::uint32_t> answers_{0};
  std::atomic<std::uint32_t> most_under_way_{0};
  std::atomic<std::int64_t> began_ns_;
  std::mutex mutex_;  // of gradient_; workers only try it
  Gradient gradient_;
};

}  // namespace headgate::proxy::balance::limit
