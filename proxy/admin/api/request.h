#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/task.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/json_values.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::admin::api {

/// One request to the API, taken apart.
struct Asked {
  std::vector<std::string> names = {};  ///< what stands for the {names} of the route's path, in their order, decoded
  std::string query = {};               ///< after the '?', still escaped
  Json body = Json::object();           ///< an object; empty if none was sent
};

inline constexpr std::size_t kBodyBytesMax = 64 * 1024;
inline constexpr int kBodyDepthMax = 16;

/// The request's body as text. The Answer says why not: longer than kBodyBytesMax (413), or cut short (400).
net::Task<std::variant<std::string, Answer>> read_body(origin::Call& call);

/// One JSON object (RFC 8259), an empty text being an empty one. The Answer is a 400 that says where it is wrong: no
/// JSON, no object, a name that comes twice in one object, or deeper than kBodyDepthMax.
std::variant<Json, Answer> parse_body(std::string_view text);

}  // namespace headgate::proxy::admin::api
