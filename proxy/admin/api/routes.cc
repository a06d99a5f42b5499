#include "proxy/admin/api/resources.h"
#include "proxy/admin/api/router.h"

namespace headgate::proxy::admin::api {
namespace {

using wire::http::Method;

constexpr Purpose kRead = Purpose::kRead;

constexpr Route kRoutes[] = {
    {Method::kGet, "/status", show_status, kRead},
    {Method::kGet, "/listeners", show_listeners, kRead},
    {Method::kGet, "/routes", show_routes, kRead},
    {Method::kGet, "/pools", show_pools, kRead},
    {Method::kGet, "/pools/{pool}", show_pool, kRead},
    {Method::kGet, "/backends", show_backends, kRead},
    {Method::kGet, "/reloads", show_reloads, kRead},
    {Method::kPost, "/explain", explain_request, kRead},  // it asks and changes nothing
};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace headgate::proxy::admin::api
