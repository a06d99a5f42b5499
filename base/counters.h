#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "base/clock.h"

// Counters with one writer and any number of readers: a plain load, add and store, no locked instruction.
// Each worker owns its own; the admin thread adds them up when asked.
namespace headgate::base {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A value that goes up and down, with one writer.
class Gauge {
 public:
  void add(std::int64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in buckets whose upper bounds double from 64 µs to 67 s; the last bucket has no bound.
class LatencyHistogram {
 public:
  static constexpr std::size_t kBuckets = 22;
  static constexpr int kFirstBoundLog2Ns = 16;  // 65,536 ns

  void record(Duration duration) {
    buckets_[bucket_of(duration)].add();
    sum_ns_.add(static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count()));
  }

  static constexpr std::size_t bucket_of(Duration duration) {
    const std::int64_t ns = duration.count();
    if (ns <= (std::int64_t{1} << kFirstBoundLog2Ns)) return 0;
    const std::size_t log2_up = std::bit_width(static_cast<std::uint64_t>(ns - 1));
    const std::size_t index = log2_up - kFirstBoundLog2Ns;
    return index < kBuckets - 1 ? index : kBuckets - 1;
  }
  /// The inclusive upper bound of a bucket; Duration::max() for the last.
  static constexpr Duration upper_bound(std::size_t bucket) {
    return bucket == kBuckets - 1 ? Duration::max() : Duration(std::int64_t{1} << (kFirstBoundLog2Ns + bucket));
  }

  std::uint64_t count(std::size_t bucket) const { return buckets_[bucket].value(); }
  std::uint64_t sum_ns() const { return sum_ns_.value(); }

 private:
  std::array<Counter, kBuckets> buckets_;
  Counter sum_ns_;
};

}  // namespace headgate::base
