#include "proxy/access_log/line/time_text.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>

namespace headgate::proxy::access_log::line {
namespace {

char* write_digits(unsigned value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + digits;
}

}  // namespace

void TimeText::remember(std::int64_t second) {
  second_ = second;
  const std::chrono::sys_seconds instant{std::chrono::seconds(second)};
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(instant - day);
  const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999));
  const auto month = static_cast<unsigned>(date.month());
  const auto day_of_month = static_cast<unsigned>(date.day());

  char hours[9] = "00:00:00";
  write_digits(static_cast<unsigned>(clock.hours().count()), 2, hours);
  write_digits(static_cast<unsigned>(clock.minutes().count()), 2, hours + 3);
  write_digits(static_cast<unsigned>(clock.seconds().count()), 2, hours + 6);

  std::memcpy(rfc3339_.data(), "0000-00-00T00:00:00.000Z", kRfc3339Bytes);
  write_digits(year, 4, rfc3339_.data());
  write_digits(month, 2, rfc3339_.data() + 5);
  write_digits(day_of_month, 2, rfc3339_.data() + 8);
  std::memcpy(rfc3339_.data() + 11, hours, 8);

  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::memcpy(combined_.data(), "00/Mon/0000:00:00:00 +0000", kCombinedBytes);
  write_digits(day_of_month, 2, combined_.data());
  std::memcpy(combined_.data() + 3, kMonths.data() + (month - 1) * 3, 3);
  write_digits(year, 4, combined_.data() + 7);
  std::memcpy(combined_.data() + 12, hours, 8);
}

char* TimeText::write_rfc3339(base::WallTime time, char* out) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second.time_since_epoch().count() != second_) remember(second.time_since_epoch().count());
  std::memcpy(out, rfc3339_.data(), kRfc3339Bytes);
  write_digits(static_cast<unsigned>((time - second).count() / 1'000'000), 3, out + 20);
  return out + kRfc3339Bytes;
}

char* TimeText::write_combined(base::WallTime time, char* out) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second.time_since_epoch().count() != second_) remember(second.time_since_epoch().count());
  std::memcpy(out, combined_.data(), kCombinedBytes);
  return out + kCombinedBytes;
}

}  // namespace headgate::proxy::access_log::line
