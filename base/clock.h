#pragma once
#include <chrono>

namespace headgate::base {

using Duration = std::chrono::nanoseconds;

/// Monotonic time: deadlines, intervals, timings.
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Civil time: logs, Date fields, certificates.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// "No deadline". Compares later than every real time.
inline constexpr Time kNever = Time::max();

inline Time now() {
  return std::chrono::steady_clock::now();
}
inline WallTime wall_now() {
  return std::chrono::system_clock::now();
}

}  // namespace headgate::base
