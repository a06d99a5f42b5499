#include "proxy/admin/json_values.h"

#include "base/clock.h"

namespace headgate::proxy::admin {

Json time_json(base::WallTime time) {
  if (time == base::WallTime{}) return nullptr;
  return base::rfc3339(time);
}

std::string page_of(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headgate::proxy::admin
