#pragma once
#include <chrono>
#include <string>

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

/// RFC 3339 in UTC with milliseconds: "2026-11-23T06:10:25.123Z", 24 bytes. Years beyond 0 to 9999 are written as the
/// nearest of these.
std::string rfc3339(WallTime time);
/// The same for people, to the second: "2026-11-23 06:10:25".
std::string civil_time(WallTime time);

}  // namespace headgate::base
