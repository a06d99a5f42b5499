#include "proxy/admin/json_values.h"

#include "base/clock.h"

namespace headgate::proxy::admin {

Json time_json(base::WallTime time) {
  if (time == base::WallTime{}) return nullptr;
  return base::rfc3339(time);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::string page_of(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headgate::proxy::admin
