#include "proxy/admin/json_values.h"

#include <chrono>
#include <cstdio>

namespace headgate::proxy::admin {

Json time_json(base::WallTime time) {
  if (time == base::WallTime{}) return nullptr;
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(milliseconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(milliseconds - day);
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return out;
}

std::string page_of(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headgate::proxy::admin
