#include "proxy/ctl/client/json.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/ascii.h"
#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl::client {
namespace {

constexpr double kCountMax = 1e18;
// A Duration, and a WallTime as well, counts nanoseconds in 64 bits, and reaches 292 years.
constexpr double kSecondsMax = 200.0 * 366 * 86400;
constexpr int kYearMin = 1970;
constexpr int kYearMax = 2199;

/// The number at `at`, of exactly `digits` digits.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t digits) {
  return at + digits > text.size() ? std::nullopt : base::parse_decimal<int>(text.substr(at, digits));
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  bool is_too_deep = false;
  const auto watch = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep = is_too_deep || depth > kJsonDepthMax;
    return !is_too_deep;
  };
  Json parsed = Json::parse(text, watch, false);
  if (is_too_deep || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

const Json& member(const Json& of, std::string_view name) {
  static const Json kNull;
  if (!of.is_object()) return kNull;
  const auto found = of.find(name);
  return found == of.end() ? kNull : *found;
}

const Json& list(const Json& of, std::string_view name) {
  static const Json kEmpty = Json::array();
  const Json& found = member(of, name);
  return found.is_array() ? found : kEmpty;
}

std::string raw_text(const Json& of, std::string_view name) {
  const Json& found = member(of, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::string text(const Json& of, std::string_view name) {
  return text::printable(raw_text(of, name));
}

std::vector<std::string> lines(const Json& of, std::string_view name) {
  const std::string whole = raw_text(of, name);
  std::vector<std::string> out;
  std::string_view left = whole;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    out.push_back(text::printable(left.substr(0, end)));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return out;
}

double number(const Json& of, std::string_view name, double otherwise) {
  const Json& found = member(of, name);
  if (!found.is_number()) return otherwise;
  const double value = found.get<double>();
  return std::isfinite(value) ? value : otherwise;
}

std::uint64_t count(const Json& of, std::string_view name) {
  const Json& found = member(of, name);
  if (found.is_number_unsigned()) return found.get<std::uint64_t>();
  const double value = number(of, name);
  return value <= 0 ? 0 : static_cast<std::uint64_t>(std::min(value, kCountMax));
}

bool truth(const Json& of, std::string_view name) {
  const Json& found = member(of, name);
  return found.is_boolean() && found.get<bool>();
}

base::Duration seconds(const Json& of, std::string_view name) {
  const std::chrono::duration<double> found(std::clamp(number(of, name), 0.0, kSecondsMax));
  return std::chrono::duration_cast<base::Duration>(found);
}

std::optional<base::WallTime> time(const Json& of, std::string_view name) {
  const std::string written = raw_text(of, name);
  const std::optional<int> year = digits_at(written, 0, 4);
  const std::optional<int> month = digits_at(written, 5, 2);
  const std::optional<int> day = digits_at(written, 8, 2);
  const std::optional<int> hour = digits_at(written, 11, 2);
  const std::optional<int> minute = digits_at(written, 14, 2);
  const std::optional<int> second = digits_at(written, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || !written.ends_with('Z')) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *year < kYearMin || *year > kYearMax) return std::nullopt;
  const int milliseconds = digits_at(written, 20, 3).value_or(0);
  return base::WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + std::chrono::milliseconds(milliseconds);
}

}  // namespace headgate::proxy::ctl::client
