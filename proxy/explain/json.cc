#include "proxy/explain/json.h"

#include "proxy/explain/member_json.h"

namespace headgate::proxy::explain {

std::string json_of(const Explanation& explanation, int indent) {
  return written_whole(explanation, indent);
}

base::Result<Explanation> explanation_from(std::string_view json) {
  return read_whole<Explanation>(json);
}

}  // namespace headgate::proxy::explain
