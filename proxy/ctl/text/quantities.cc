#include "proxy/ctl/text/quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace headgate::proxy::ctl::text {
namespace {

using namespace std::chrono_literals;

/// One decimal below ten, none above: "1.2", "12".
std::string brief(double value) {
  return value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

/// In thousands, with the letter for how many times.
std::string scaled(double value) {
  constexpr std::array<const char*, 6> kLetters = {"k", "M", "G", "T", "P", "E"};
  std::size_t letter = 0;
  value /= 1000;
  while (value >= 999.5 && letter + 1 < kLetters.size()) {
    value /= 1000;
    ++letter;
  }
  return brief(std::min(value, 999.0)) + kLetters[letter];
}

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small, const char* small_unit) {
  if (small == 0) return fmt::format("{} {}", large, large_unit);
  return fmt::format("{} {} {} {}", large, large_unit, small, small_unit);
}

}  // namespace

std::string count_text(std::uint64_t count) {
  std::string out = std::to_string(count);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 0) return fmt::format("no {}", many);
  return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

std::string short_count(double count) {
  return count < 999.5 ? fmt::format("{:.0f}", std::max(count, 0.0)) : scaled(count);
}

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  bytes = std::max(bytes, 0.0);
  if (bytes < 1023.5) return fmt::format("{:.0f} B", bytes);
  std::size_t unit = 0;
  while (bytes >= 1023.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", brief(bytes), kUnits[unit]);
}

std::string rate_text(double per_second) {
  if (per_second < 0.05) return "0";
  return per_second < 999.5 ? brief(per_second) : scaled(per_second);
}

std::string milliseconds_text(std::optional<double> milliseconds) {
  if (!milliseconds) return "-";
  if (*milliseconds > 0 && *milliseconds < 0.95) return fmt::format("{:.2f}", *milliseconds);
  return *milliseconds < 999.5 ? brief(std::max(*milliseconds, 0.0)) : scaled(*milliseconds);
}

std::string age_text(base::Duration age) {
  const std::int64_t seconds = std::max<std::int64_t>(0, age / 1s);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 86400) return two_units(seconds / 3600, "h", seconds / 60 % 60, "min");
  return two_units(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

std::string short_age(base::Duration age) {
  const std::int64_t seconds = std::max<std::int64_t>(0, age / 1s);
  if (seconds < 100) return fmt::format("{}s", seconds);
  if (seconds < 100 * 60) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", std::min<std::int64_t>(seconds / 86400, 999));
}

std::string percent_text(double percent) {
  const bool is_whole = std::abs(percent - std::round(percent)) < 0.05;
  return is_whole ? fmt::format("{:.0f} %", percent) : fmt::format("{:.1f} %", percent);
}

}  // namespace headgate::proxy::ctl::text
