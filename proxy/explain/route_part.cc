#include "proxy/explain/route_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>
#include <string>
#include <tuple>

#include "base/suggest.h"
#include "config/load.h"

namespace headgate::proxy::explain {
namespace {

using route::Condition;

/// How far a route was from matching: fewest conditions that fail first, and of those that fail in the host alone, who
/// has a host that may have been mistyped; then whoever stands closer before the end of the search.
struct Distance {
  int failed = 0;
  bool is_elsewhere = false;  // fails in host or path: another place than the request asks for
  std::uint32_t places_before = 0;
  friend auto operator<=>(const Distance&, const Distance&) = default;
};

constexpr std::uint32_t kPlace = bit(Condition::kHost) | bit(Condition::kPath) | bit(Condition::kPathRegex);

Distance distance_of(const route::Reason& reason, std::size_t reasons) {
  return {std::popcount(reason.failed), (reason.failed & kPlace) != 0,
          static_cast<std::uint32_t>(reasons) - reason.route};
}

/// The indexes of `reasons`, nearest first, at most kEarlierMax.
std::vector<std::uint32_t> nearest_of(const std::vector<route::Reason>& reasons) {
  std::vector<std::pair<Distance, std::uint32_t>> order;
  for (std::uint32_t i = 0; i < reasons.size(); ++i) order.emplace_back(distance_of(reasons[i], reasons.size()), i);
  const std::size_t wanted = std::min(order.size(), kEarlierMax);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted), order.end());
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < wanted; ++i) out.push_back(order[i].second);
  return out;
}

/// " (did you mean 'www.example.com'?)" where a name among those that routes ask for is near, but not the one itself.
std::string nearest_name(std::string_view written, const std::set<std::string>& known) {
  if (known.contains(std::string(written))) return {};
  return base::suggestion_for(written, std::vector<std::string>(known.begin(), known.end()));
}

/// Where nothing matched: what of host and path is near to something that some route asks for.
std::string suggestion_of(const config::Config& config, const wire::http::RequestHead& head) {
  std::set<std::string> hosts;
  std::set<std::string> paths;
  for (const config::Route& each : config.routes) {
    for (const std::string& host : each.match.hosts) {
      if (!host.starts_with('*')) hosts.insert(host);
    }
    if (each.match.path && !each.match.path->ends_with('/')) paths.insert(*each.match.path);
  }
  if (const std::string host = nearest_name(head.host, hosts); !host.empty()) {
    return fmt::format("no route asks for the host '{}'{}", head.host, host);
  }
  if (const std::string path = nearest_name(head.path, paths); !path.empty()) {
    return fmt::format("no route asks for the path '{}'{}", head.path, path);
  }
  return {};
}

}  // namespace

RoutePart route_part_of(const config::Config& config, const route::Matcher& matcher, const route::MatchInput& input) {
  const route::Explanation found = matcher.explain(input);
  RoutePart out;
  out.routes = static_cast<std::uint32_t>(config.routes.size());
  out.earlier_count = static_cast<std::uint32_t>(found.earlier.size());
  out.found = found.route != route::kNoRoute;
  if (out.found) {
    const config::Route& route = config.routes[found.route];
    out.name = route.name;
    out.index = found.route;
    out.line = route.place.line;
    out.match = config::match_text(route.match);
  } else {
    out.suggestion = suggestion_of(config, input.head);
  }
  std::vector<std::uint32_t> nearest = nearest_of(found.earlier);
  std::set<std::uint32_t> near;
  for (std::size_t i = 0; i < nearest.size() && i < kNearMax; ++i) near.insert(nearest[i]);
  std::sort(nearest.begin(), nearest.end());  // in the order of the file
  for (const std::uint32_t i : nearest) {
    const route::Reason& reason = found.earlier[i];
    const config::Route& route = config.routes[reason.route];
    out.earlier.push_back({route.name, reason.route, route.place.line, std::string(to_string(reason.condition)),
                           reason.text, near.contains(i)});
  }
  return out;
}

}  // namespace headgate::proxy::explain
