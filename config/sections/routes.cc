#include <fmt/core.h>

#include "config/sections/sections.h"
#include "config/sections/shared_values.h"

namespace headgate::config::sections {
namespace {

constexpr std::string_view kOriginKeys = "pool, split, shard, static, redirect, respond";

/// A route while its map is read: it has exactly one origin.
struct RouteDraft {
  Route route;
  std::string_view origin_key;
};

bool may_take_origin(const Reader& at, std::string_view key, RouteDraft& draft) {
  if (draft.origin_key.empty()) {
    draft.origin_key = key;
    return true;
  }
  at.problem(fmt::format("a second origin beside {}: a route has one of {}", draft.origin_key, kOriginKeys));
  return false;
}

void read_pool(const Reader& at, RouteDraft& out) {
  if (at.is_map()) {
    Origin weighted;
    origin::read_weighted_pools(at, weighted);
    if (may_take_origin(at, "pool", out)) out.route.origin = std::move(weighted);
    return;
  }
  PoolOrigin origin;
  at.text(origin.pool, {1, 64});
  if (!origin.pool.empty()) at.reading().pools_used.push_back(at.mention(origin.pool));
  if (may_take_origin(at, "pool", out)) out.route.origin = std::move(origin);
}

void read_split_origin(const Reader& at, RouteDraft& out) {
  Origin origin;
  origin::read_split(at, origin);
  if (may_take_origin(at, "split", out)) out.route.origin = std::move(origin);
}

void read_shard_origin(const Reader& at, RouteDraft& out) {
  Origin origin;
  origin::read_shard(at, origin);
  if (may_take_origin(at, "shard", out)) out.route.origin = std::move(origin);
}

void read_static_origin(const Reader& at, RouteDraft& out) {
  Origin origin;
  read_static(at, origin);
  if (may_take_origin(at, "static", out)) out.route.origin = std::move(origin);
}

void read_redirect_origin(const Reader& at, RouteDraft& out) {
  Origin origin;
  read_redirect(at, origin);
  if (may_take_origin(at, "redirect", out)) out.route.origin = std::move(origin);
}

void read_respond_origin(const Reader& at, RouteDraft& out) {
  Origin origin;
  read_respond(at, origin);
  if (may_take_origin(at, "respond", out)) out.route.origin = std::move(origin);
}

void read_name(const Reader& at, RouteDraft& out) {
  std::string name;
  at.text(name, {1, 128});
  if (name.empty()) return;
  if (name.starts_with("routes[")) return at.problem("names of the form routes[N] are those of routes without a name");
  at.reading().route_names.push_back(at.mention(name));
  out.route.name = std::move(name);
}

void read_connect(const Reader& at, RouteTimeouts& out) {
  Duration connect = 0s;
  at.duration(connect, kWaitRange);
  if (connect > 0s) out.connect = connect;
}

constexpr Key<RouteTimeouts> kRouteTimeoutKeys[] = {
    {"connect", read_connect},
    {"response", [](const Reader& at, RouteTimeouts& out) { at.duration(out.response, kWaitRange); }},
    {"total", [](const Reader& at, RouteTimeouts& out) { at.duration(out.total, kWaitOrOffRange); }},
};

constexpr Key<RouteDraft> kRouteKeys[] = {
    {"name", read_name},
    {"match", [](const Reader& at, RouteDraft& out) { read_match(at, out.route.match); }, Presence::kOptional,
     list_match_keys},
    {"pool", read_pool},
    {"split", read_split_origin, Presence::kOptional, origin::list_split_keys},
    {"shard", read_shard_origin, Presence::kOptional, origin::list_shard_keys},
    {"mirror", [](const Reader& at, RouteDraft& out) { origin::read_mirror(at, out.route.mirror); },
     Presence::kOptional, origin::list_mirror_keys},
    {"static", read_static_origin, Presence::kOptional, list_static_keys},
    {"redirect", read_redirect_origin, Presence::kOptional, list_redirect_keys},
    {"respond", read_respond_origin, Presence::kOptional, list_respond_keys},
    {"rate_limit", [](const Reader& at, RouteDraft& out) { read_rate_limit(at, out.route.rate_limit); },
     Presence::kOptional, list_rate_limit_keys},
    {"headers", [](const Reader& at, RouteDraft& out) { read_field_rules(at, out.route); }, Presence::kOptional,
     list_field_rule_keys},
    {"send_home", [](const Reader& at, RouteDraft& out) { at.boolean(out.route.sends_home); }},
    {"compress", [](const Reader& at, RouteDraft& out) { read_compression(at, out.route.compression); },
     Presence::kOptional, list_compression_keys},
    {"cache", [](const Reader& at, RouteDraft& out) { cache::read_route_cache(at, out.route.cache); },
     Presence::kOptional, cache::list_route_cache_keys},
    {"timeouts", [](const Reader& at, RouteDraft& out) { read_map(at, kRouteTimeoutKeys, out.route.timeouts); },
     Presence::kOptional, [](KeyList& out) { out.add(kRouteTimeoutKeys); }},
};

}  // namespace

void read_routes(const Reader& at, Config& out) {
  at.each_item([&](const Reader& one) {
    RouteDraft draft;
    draft.route.name = fmt::format("routes[{}]", out.routes.size());
    draft.route.place = one.place();
    // After an unknown key the origin is what was misspelt, or an origin that does not exist: one problem is enough.
    const bool is_sound = read_map(one, kRouteKeys, draft);
    if (is_sound && draft.origin_key.empty()) {
      one.problem(fmt::format("has no origin; a route has one of {}", kOriginKeys));
    }
    out.routes.push_back(std::move(draft.route));
  });
}

void list_route_keys(KeyList& out) {
  out.add_under("[]", kRouteKeys);
}

}  // namespace headgate::config::sections
