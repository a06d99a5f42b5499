#include "proxy/admin/api/router.h"

#include <optional>

#include "wire/http/uri.h"

namespace headgate::proxy::admin::api {
namespace {

using wire::http::Method;

/// Takes the first segment off a path that begins with '/'.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// The names that `path` gives to the {names} of `pattern`; nothing if it is another path.
std::optional<std::vector<std::string>> names_in(std::string_view pattern, std::string_view path) {
  std::vector<std::string> names;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    const bool is_name = wanted.starts_with('{');
    if (!is_name && wanted != given) return std::nullopt;
    if (!is_name) continue;
    std::optional<std::string> name = wire::http::percent_decoded(given);
    if (!name || name->empty()) return std::nullopt;
    names.push_back(std::move(*name));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return names;
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
    default:
      base::invariant_broken("a route for a method that the API does not use");
  }
}

Found find_route(std::span<const Route> all, Method method, std::string_view path) {
  Found found;
  if (!path.starts_with(kBasePath)) return found;
  path.remove_prefix(kBasePath.size());
  if (!path.starts_with('/')) return found;
  if (method == Method::kHead) method = Method::kGet;
  for (const Route& route : all) {
    std::optional<std::vector<std::string>> names = names_in(route.path, path);
    if (!names) continue;
    if (route.method == method) return {&route, std::move(*names), {}};
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += name_of(route.method);
    if (route.method == Method::kGet) found.allow += ", HEAD";
  }
  return found;
}

}  // namespace headgate::proxy::admin::api
