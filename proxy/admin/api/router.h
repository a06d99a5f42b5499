#pragma once
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/task.h"
#include "proxy/admin/access.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/daemon.h"
#include "wire/http/method.h"

namespace headgate::proxy::admin::api {

/// What can be asked. openapi.json describes the same; tests compare the two.
struct Route {
  using Now = Answer (*)(const Daemon&, const Asked&);
  using Later = net::Task<Answer> (*)(const Daemon&, const Asked&);

  wire::http::Method method = wire::http::Method::kGet;  ///< kGet answers HEAD too
  std::string_view path;                                 ///< below kBasePath: "/pools/{pool}/backends/{id}/drain"
  std::variant<Now, Later> answer;
  /// Whether it changes something, which a token is needed for.
  Purpose purpose = Purpose::kChange;
};

inline constexpr std::string_view kBasePath = "/api/v1";

/// Every route: routes.cc.
std::span<const Route> routes();

struct Found {
  const Route* route = nullptr;
  std::vector<std::string> names;  ///< see Asked
  std::string allow;               ///< without a route: the methods that the path has; empty: there is no such path
};
/// `path` as requested, kBasePath and all; its segments are decoded one by one, so that a name may hold %2F.
Found find_route(std::span<const Route> all, wire::http::Method method, std::string_view path);

std::string_view name_of(wire::http::Method method);

}  // namespace headgate::proxy::admin::api
