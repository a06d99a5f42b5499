#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace headgate::proxy::balance::limit {

/// Buckets of latencies, of which 16 double them: from 16.4 µs to 69 s, beyond which everything is alike.
struct LatencyBuckets {
  static constexpr unsigned kStepsLog2 = 4;
  static constexpr unsigned kSteps = 1U << kStepsLog2;
  static constexpr unsigned kFirstLog2Ns = 14;
  static constexpr unsigned kDoublings = 22;
  static constexpr std::size_t kCount = kDoublings * kSteps;

  static constexpr std::size_t of(base::Duration latency) {
    const std::int64_t ns = latency.count();
    if (ns < std::int64_t{1} << kFirstLog2Ns) return 0;
    const auto value = static_cast<std::uint64_t>(ns);
    const auto doubling = static_cast<unsigned>(std::bit_width(value)) - 1;
    const std::uint64_t step = (value >> (doubling - kStepsLog2)) & (kSteps - 1);
    return std::min<std::size_t>((doubling - kFirstLog2Ns) * kSteps + step, kCount - 1);
  }
  /// At most a sixteenth above what is in it, but for the last.
  static constexpr base::Duration upper_bound(std::size_t bucket) {
    const unsigned doubling = kFirstLog2Ns + static_cast<unsigned>(bucket / kSteps);
    const std::uint64_t step = std::uint64_t{1} << (doubling - kStepsLog2);
    return base::Duration(static_cast<std::int64_t>((std::uint64_t{1} << doubling) + (bucket % kSteps + 1) * step));
  }
};

}  // namespace headgate::proxy::balance::limit
