#pragma once
#include <cstddef>

#include "net/task.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/daemon.h"

// What each route of the API answers; routes.cc says which is whose. Each builds its answer within one turn of the
// loop.
namespace headgate::proxy::admin::api::resources {

/// Of what an operator says for people about a wish.
inline constexpr std::size_t kWhyBytesMax = 200;

// status.cc
Answer show_status(const Daemon& daemon, const Asked& asked);
Answer show_listeners(const Daemon& daemon, const Asked& asked);
Answer show_routes(const Daemon& daemon, const Asked& asked);
Answer show_reloads(const Daemon& daemon, const Asked& asked);

// pools.cc
Answer show_pools(const Daemon& daemon, const Asked& asked);
Answer show_pool(const Daemon& daemon, const Asked& asked);
Answer show_backends(const Daemon& daemon, const Asked& asked);

// wishes.cc
Answer drain_backend(const Daemon& daemon, const Asked& asked);
Answer enable_backend(const Daemon& daemon, const Asked& asked);
Answer disable_backend(const Daemon& daemon, const Asked& asked);
Answer weigh_backend(const Daemon& daemon, const Asked& asked);

// regions.cc
Answer show_regions(const Daemon& daemon, const Asked& asked);
Answer drain_region(const Daemon& daemon, const Asked& asked);
Answer enable_region(const Daemon& daemon, const Asked& asked);

// zones.cc
Answer show_zones(const Daemon& daemon, const Asked& asked);

// daemon.cc
Answer show_config(const Daemon& daemon, const Asked& asked);
net::Task<Answer> reload(const Daemon& daemon, const Asked& asked);
Answer show_log_level(const Daemon& daemon, const Asked& asked);
Answer set_log_level(const Daemon& daemon, const Asked& asked);
net::Task<Answer> upgrade(const Daemon& daemon, const Asked& asked);
Answer stop(const Daemon& daemon, const Asked& asked);
Answer show_openapi(const Daemon& daemon, const Asked& asked);
Answer show_events(const Daemon& daemon, const Asked& asked);

// caches.cc
Answer show_caches(const Daemon& daemon, const Asked& asked);
net::Task<Answer> purge_cache(const Daemon& daemon, const Asked& asked);

// connections.cc
net::Task<Answer> show_connections(const Daemon& daemon, const Asked& asked);

// explain.cc
net::Task<Answer> explain_request(const Daemon& daemon, const Asked& asked);

// history.cc
Answer show_history(const Daemon& daemon, const Asked& asked);

}  // namespace headgate::proxy::admin::api::resources
