#include "proxy/cache/stage/route_cache.h"

#include <chrono>

namespace headgate::proxy::cache::stage {
namespace {

std::chrono::seconds seconds_of(config::Duration length) {
  return std::chrono::duration_cast<std::chrono::seconds>(length);
}

std::optional<std::chrono::seconds> seconds_of(const std::optional<config::Duration>& length) {
  if (!length) return std::nullopt;
  return seconds_of(*length);
}

}  // namespace

rules::Policy policy_of(const config::RouteCache& settings) {
  rules::Policy out;
  out.ttl = seconds_of(settings.ttl);
  out.overrides_origin = settings.overrides_origin;
  out.stale_while_revalidate = seconds_of(settings.stale.while_revalidate);
  out.stale_if_error = seconds_of(settings.stale.if_error);
  out.stale_if_unreachable = seconds_of(settings.stale.if_unreachable);
  for (const config::NegativeTtl& each : settings.negative) {
    out.negative.push_back({each.status.first, each.status.last, seconds_of(each.ttl)});
  }
  out.max_ttl = seconds_of(settings.max_ttl);
  out.uses_heuristics = settings.uses_heuristics;
  out.control_fields = settings.control_fields;
  out.obeys_client = settings.obeys_client;
  out.ignores_cookies = settings.ignores_cookies;
  out.stores_set_cookie = settings.stores_set_cookie;
  out.unkeyed = settings.unkeyed;
  out.keyed = settings.key.headers;
  return out;
}

key::Recipe recipe_of(const config::RouteCache& settings) {
  key::Recipe out;
  out.query = settings.key.query;
  out.headers = settings.key.headers;
  out.cookies = settings.key.cookies;
  out.has_method = settings.key.method;
  out.codings = key::Codings(settings.key.codings);
  return out;
}

}  // namespace headgate::proxy::cache::stage
