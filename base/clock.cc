#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>

namespace headgate::base {

std::string rfc3339(WallTime time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(milliseconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(milliseconds - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", std::clamp(static_cast<int>(date.year()), 0, 9999),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string civil_time(WallTime time) {
  const std::string whole = rfc3339(time);
  return whole.substr(0, 10) + " " + whole.substr(11, 8);
}

}  // namespace headgate::base
