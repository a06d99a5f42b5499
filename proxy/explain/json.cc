#include "proxy/explain/json.h"

#include <fmt/format.h>

#include "proxy/explain/member_json.h"

namespace headgate::proxy::explain {

std::string json_of(const Explanation& explanation, int indent) {
  return written(explanation).dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

base::Result<Explanation> explanation_from(std::string_view json) {
  const auto malformed = [](std::string_view why) {
    return base::Error{base::ErrorKind::kMalformed, base::Fault::kUpstream,
                       fmt::format("this is no explanation: {}", why)};
  };
  try {
    const Json parsed = Json::parse(json);
    if (!parsed.is_object()) return malformed("no JSON object");
    Explanation out;
    read(parsed, out);
    return out;
  } catch (const Json::exception& refused) {
    return malformed(refused.what());
  }
}

}  // namespace headgate::proxy::explain
