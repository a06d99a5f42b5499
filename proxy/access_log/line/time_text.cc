#include "proxy/access_log/line/time_text.h"

#include <chrono>
#include <cstring>
#include <string>
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
  const std::string text = base::rfc3339(base::WallTime(std::chrono::seconds(second)));
  std::memcpy(rfc3339_.data(), text.data(), kRfc3339Bytes);

  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  std::memcpy(combined_.data(), "00/Mon/0000:00:00:00 +0000", kCombinedBytes);
  std::memcpy(combined_.data(), text.data() + 8, 2);
  std::memcpy(combined_.data() + 3, kMonths.data() + (month - 1) * 3, 3);
  std::memcpy(combined_.data() + 7, text.data(), 4);
  std::memcpy(combined_.data() + 12, text.data() + 11, 8);
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
