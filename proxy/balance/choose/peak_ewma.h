#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/clock.h"

namespace headgate::proxy::balance::choose {

/// How long one backend takes to answer, as all workers see it together: a moving average that a slower answer lifts at
/// once and that only time brings down again (Finagle's and Linkerd's "peak EWMA"). A backend that begins to stall is
/// left alone after its first slow answers, and tried again as the memory of them fades. One word, changed and read
/// without a lock.
class PeakEwma {
 public:
  /// What an answer weighs is down to 37% after this time, and to 5% after three times as long.
  static constexpr base::Duration kDecay = std::chrono::seconds(10);

  /// An answer took so long; `now` is when it came. From any thread.
  void observe(base::Duration latency, base::Time now) {
    const float seen = static_cast<float>(std::max<std::int64_t>(latency.count(), 1));
    std::uint64_t before = word_.load(std::memory_order_relaxed);
    std::uint64_t after = 0;
    do {
      after = packed(next(before, seen, milliseconds(now)), milliseconds(now));
    } while (!word_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  }

  /// In nanoseconds, as it has faded until `now`; 0: nothing was observed.
  double latency(base::Time now) const {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    return latency_in(word) * faded(word, milliseconds(now));
  }

 private:
  static std::uint32_t milliseconds(base::Time now) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  }
  static float latency_in(std::uint64_t word) { return std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32)); }
  static std::uint64_t packed(float latency, std::uint32_t at) {
    return std::uint64_t{std::bit_cast<std::uint32_t>(latency)} << 32 | at;
  }
  /// Workers read their clocks once a turn: another one's last observation may be a little ahead of `at`.
  static float faded(std::uint64_t word, std::uint32_t at) {
    const auto since = static_cast<std::int32_t>(at - static_cast<std::uint32_t>(word));
    constexpr auto kMilliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(kDecay).count();
    return since <= 0 ? 1 : std::exp(-static_cast<float>(since) / static_cast<float>(kMilliseconds));
  }
  static float next(std::uint64_t word, float seen, std::uint32_t at) {
    const float before = latency_in(word);
    if (seen >= before) return seen;
    const float weight = faded(word, at);
    return before * weight + seen * (1 - weight);
  }

  std::atomic<std::uint64_t> word_{0};  // the latency as a float, and when it was observed, in ms
};

/// What a request more would cost there: the latency for each that is under way, by weight. Who has not answered yet
/// gets a first request at once, and the next one when nobody else is there: many at once would find out together that
/// it is slow.
inline double cost_of(double latency_ns, std::uint32_t in_flight, std::uint32_t weight) {
  constexpr double kUnknown = 1e18;
  const double latency = latency_ns == 0 && in_flight > 0 ? kUnknown : latency_ns;
  return latency * (in_flight + 1.0) / weight;
}

}  // namespace headgate::proxy::balance::choose
