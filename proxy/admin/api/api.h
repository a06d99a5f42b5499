#pragma once
#include "net/task.h"
#include "proxy/admin/access.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/daemon.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::admin::api {

/// Whether `path` is one of the API's, known or not.
bool is_api_path(std::string_view path);

/// Answers one request to the API: judges who asks, finds the route, reads the body, and has it answered. Every answer
/// is JSON; what is refused is a problem (RFC 9457).
net::Task<void> respond(const Daemon& daemon, const Access& access, origin::Call& call, message::Response& response);

}  // namespace headgate::proxy::admin::api
