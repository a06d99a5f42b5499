#include "wire/http/date.h"

#include <array>
#include <cstring>

#include "base/ascii.h"

namespace headgate::wire::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t kSecondsPerDay = 86400;

struct Civil {
  std::int64_t year = 0;
  int month = 0;  // 1 to 12
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Hinnant's algorithms: years begin in March, so that the leap day is the last of its year; 719468 is the days from
// 0000-03-01 to 1970-01-01, an era is 400 years of 146097 days.
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr Civil civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  Civil out;
  out.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  out.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  return out;
}

bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in(std::int64_t year, int month) {
  constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kLengths[static_cast<std::size_t>(month - 1)];
}

char* put_two(char* out, std::int64_t value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

/// Takes a date apart from the left; after a mismatch everything else is a mismatch too.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  void literal(std::string_view wanted) {
    if (!left_.starts_with(wanted)) return fail();
    left_.remove_prefix(wanted.size());
  }
  template <std::size_t Count>
  int one_of(const std::array<std::string_view, Count>& names) {
    for (std::size_t i = 0; i < Count; ++i) {
      if (!left_.starts_with(names[i])) continue;
      left_.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    fail();
    return 0;
  }
  int digits(std::size_t count) {
    const std::optional<int> value = base::parse_decimal<int>(left_.substr(0, count));
    if (!value || left_.size() < count) {
      fail();
      return 0;
    }
    left_.remove_prefix(count);
    return *value;
  }
  /// asctime's day of the month: two digits, or a space and one.
  int padded_day() {
    if (!left_.starts_with(' ')) return digits(2);
    left_.remove_prefix(1);
    return digits(1);
  }
  void time_of_day(Civil& out) {
    out.hour = digits(2);
    literal(":");
    out.minute = digits(2);
    literal(":");
    out.second = digits(2);
  }
  bool ended_well() const { return !failed_ && left_.empty(); }

 private:
  void fail() {
    failed_ = true;
    left_ = {};
  }
  std::string_view left_;
  bool failed_ = false;
};

std::optional<std::int64_t> seconds_of(const Civil& date) {
  if (date.month < 1 || date.day < 1 || date.day > days_in(date.year, date.month)) return std::nullopt;
  if (date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;  // 60: a leap second
  return days_from_civil(date.year, date.month, date.day) * kSecondsPerDay + date.hour * 3600 + date.minute * 60 +
         date.second;
}

std::optional<std::int64_t> parse_fixdate(std::string_view text) {
  Reader reader(text);
  Civil date;
  reader.one_of(kDays);
  reader.literal(", ");
  date.day = reader.digits(2);
  reader.literal(" ");
  date.month = reader.one_of(kMonths) + 1;
  reader.literal(" ");
  date.year = reader.digits(4);
  reader.literal(" ");
  reader.time_of_day(date);
  reader.literal(" GMT");
  return reader.ended_well() ? seconds_of(date) : std::nullopt;
}

std::optional<std::int64_t> parse_rfc850(std::string_view text, std::int64_t now_seconds) {
  Reader reader(text);
  Civil date;
  reader.one_of(kLongDays);
  reader.literal(", ");
  date.day = reader.digits(2);
  reader.literal("-");
  date.month = reader.one_of(kMonths) + 1;
  reader.literal("-");
  const int two_digits = reader.digits(2);
  reader.literal(" ");
  reader.time_of_day(date);
  reader.literal(" GMT");
  if (!reader.ended_well()) return std::nullopt;
  // Of the years with these two digits, the one in the century that ends 50 years from now.
  const std::int64_t now_days =
      (now_seconds - (now_seconds % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay) / kSecondsPerDay;
  const Civil now = civil_from_days(now_days);
  const std::int64_t latest = days_from_civil(now.year + 50, now.month, now.day) * kSecondsPerDay + kSecondsPerDay - 1;
  date.year = now.year / 100 * 100 + 100 + two_digits;
  while (days_from_civil(date.year, date.month, date.day) * kSecondsPerDay > latest) date.year -= 100;
  return seconds_of(date);
}

std::optional<std::int64_t> parse_asctime(std::string_view text) {
  Reader reader(text);
  Civil date;
  reader.one_of(kDays);
  reader.literal(" ");
  date.month = reader.one_of(kMonths) + 1;
  reader.literal(" ");
  date.day = reader.padded_day();
  reader.literal(" ");
  reader.time_of_day(date);
  reader.literal(" ");
  date.year = reader.digits(4);
  return reader.ended_well() ? seconds_of(date) : std::nullopt;
}

}  // namespace

void write_date(std::int64_t unix_seconds, char* out) {
  std::int64_t days = unix_seconds / kSecondsPerDay;
  std::int64_t rest = unix_seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const Civil date = civil_from_days(days);
  const std::int64_t weekday = ((days + 4) % 7 + 7) % 7;  // day 0 was a Thursday
  out = put(out, kDays[static_cast<std::size_t>(weekday)]);
  out = put(out, ", ");
  out = put_two(out, date.day);
  *out++ = ' ';
  out = put(out, kMonths[static_cast<std::size_t>(date.month - 1)]);
  *out++ = ' ';
  out = put_two(out, date.year / 100 % 100);
  out = put_two(out, date.year % 100);
  *out++ = ' ';
  out = put_two(out, rest / 3600);
  *out++ = ':';
  out = put_two(out, rest / 60 % 60);
  *out++ = ':';
  out = put_two(out, rest % 60);
  put(out, " GMT");
}

std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now_seconds) {
  if (const std::optional<std::int64_t> seconds = parse_fixdate(text)) return seconds;
  if (const std::optional<std::int64_t> seconds = parse_rfc850(text, now_seconds)) return seconds;
  return parse_asctime(text);
}

}  // namespace headgate::wire::http
