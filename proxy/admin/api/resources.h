#pragma once
#include "net/task.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/daemon.h"

// What each route of the API answers; routes.cc says which is whose. Each builds its answer within one turn of the
// loop.
namespace headgate::proxy::admin::api {

// status_resource.cc
Answer show_status(const Daemon& daemon, const Asked& asked);
Answer show_listeners(const Daemon& daemon, const Asked& asked);
Answer show_routes(const Daemon& daemon, const Asked& asked);
Answer show_reloads(const Daemon& daemon, const Asked& asked);

// pools_resource.cc
Answer show_pools(const Daemon& daemon, const Asked& asked);
Answer show_pool(const Daemon& daemon, const Asked& asked);
Answer show_backends(const Daemon& daemon, const Asked& asked);

// explain_resource.cc
net::Task<Answer> explain_request(const Daemon& daemon, const Asked& asked);

}  // namespace headgate::proxy::admin::api
