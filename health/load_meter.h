#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace headgate::health {

/// How busy one backend says it is, smoothed: a moving average by time, so that a backend which answers often counts
/// for no more than one that answers seldom. Reported from any thread, without a lock; one word.
class LoadMeter {
 public:
  /// A report moves the average by 63% of the way to it after this time.
  static constexpr std::chrono::seconds kSmoothing{5};
  /// Reports of one backend that come faster than this add nothing to the average, and need not be read at all.
  static constexpr std::chrono::milliseconds kInterval{10};

  /// After so long without a report, what was reported before counts no more.
  static constexpr base::Duration kStale = std::chrono::seconds(10);

  /// Whether the next report is worth reading.
  bool wants(base::Time now) const {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    return word == kNothing || elapsed(word, milliseconds(now)) >= kInterval.count();
  }

  /// `load` from 0 to 1. After `stale` without a report the average begins anew with this one.
  void report(double load, base::Time now, base::Duration stale = kStale) {
    const std::uint32_t at = milliseconds(now);
    std::uint64_t before = word_.load(std::memory_order_relaxed);
    std::uint64_t after = 0;
    do {
      after = packed(next(before, static_cast<float>(std::clamp(load, 0.0, 1.0)), at, stale), at);
    } while (!word_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  }

  /// 0 to 1; nothing if none was reported for `stale`.
  std::optional<double> load(base::Time now, base::Duration stale) const {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    if (word == kNothing || std::chrono::milliseconds(elapsed(word, milliseconds(now))) >= stale) return std::nullopt;
    return load_in(word);
  }

  /// As if nothing had ever been reported.
  void forget() { word_.store(kNothing, std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};  // a load that is not a number

  static std::uint32_t milliseconds(base::Time now) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  }
  /// Workers read their clocks once a turn: another one's report may be a little ahead.
  static std::int32_t elapsed(std::uint64_t word, std::uint32_t at) {
    return std::max(static_cast<std::int32_t>(at - static_cast<std::uint32_t>(word)), 0);
  }
  static float load_in(std::uint64_t word) { return std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32)); }
  static std::uint64_t packed(float load, std::uint32_t at) {
    return std::uint64_t{std::bit_cast<std::uint32_t>(load)} << 32 | at;
  }
  static float next(std::uint64_t word, float load, std::uint32_t at, base::Duration stale) {
    const std::int32_t since = word == kNothing ? 0 : elapsed(word, at);
    if (word == kNothing || std::chrono::milliseconds(since) >= stale) return load;
    const float before = load_in(word);
    return before + (load - before) * (1 - std::exp(-static_cast<float>(since) / (1000.0F * kSmoothing.count())));
  }

  std::atomic<std::uint64_t> word_{kNothing};  // the load as a float, and when it was reported, in ms
};

}  // namespace headgate::health
