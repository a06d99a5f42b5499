#include "proxy/admin/api/resources/resources.h"
#include "proxy/admin/api/router.h"

namespace headgate::proxy::admin::api {
namespace {

using wire::http::Method;

constexpr Purpose kRead = Purpose::kRead;
constexpr Purpose kChange = Purpose::kChange;

constexpr Route kRoutes[] = {
    {Method::kGet, "/status", resources::show_status, kRead},
    {Method::kGet, "/listeners", resources::show_listeners, kRead},
    {Method::kGet, "/routes", resources::show_routes, kRead},
    {Method::kGet, "/pools", resources::show_pools, kRead},
    {Method::kGet, "/pools/{pool}", resources::show_pool, kRead},
    {Method::kGet, "/backends", resources::show_backends, kRead},
    {Method::kPost, "/pools/{pool}/backends/{id}/drain", resources::drain_backend, kChange},
    {Method::kPost, "/pools/{pool}/backends/{id}/enable", resources::enable_backend, kChange},
    {Method::kPost, "/pools/{pool}/backends/{id}/disable", resources::disable_backend, kChange},
    {Method::kPost, "/pools/{pool}/backends/{id}/weight", resources::weigh_backend, kChange},
    {Method::kGet, "/regions", resources::show_regions, kRead},
    {Method::kPost, "/regions/{region}/drain", resources::drain_region, kChange},
    {Method::kPost, "/regions/{region}/enable", resources::enable_region, kChange},
    {Method::kGet, "/zones", resources::show_zones, kRead},
    {Method::kGet, "/caches", resources::show_caches, kRead},
    {Method::kPost, "/caches/{cache}/purge", resources::purge_cache, kChange},
    {Method::kGet, "/connections", resources::show_connections, kRead},
    {Method::kGet, "/config", resources::show_config, kRead},
    {Method::kPost, "/reload", resources::reload, kChange},
    {Method::kGet, "/reloads", resources::show_reloads, kRead},
    {Method::kGet, "/log-level", resources::show_log_level, kRead},
    {Method::kPut, "/log-level", resources::set_log_level, kChange},
    {Method::kPost, "/upgrade", resources::upgrade, kChange},
    {Method::kPost, "/stop", resources::stop, kChange},
    {Method::kGet, "/history", resources::show_history, kRead},
    {Method::kGet, "/events", resources::show_events, kRead},
    {Method::kPost, "/explain", resources::explain_request, kRead},  // it asks and changes nothing
    {Method::kGet, "/openapi.json", resources::show_openapi, kRead},
};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace headgate::proxy::admin::api
