#pragma once
#include "net/task.h"
#include "proxy/http/client_connection.h"

namespace headgate::proxy::http::http1 {

/// One request over HTTP/1 and its answer; its first bytes are unread on the connection. False when the connection is
/// to be closed.
net::Task<bool> serve_one(ClientConnection& connection);

}  // namespace headgate::proxy::http::http1
