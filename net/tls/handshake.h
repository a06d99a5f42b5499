#pragma once
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/socket.h"
#include "net/task.h"
#include "net/tls/client_context.h"
#include "net/tls/known_server.h"
#include "net/tls/server_contexts.h"

namespace headgate::net::tls {

/// Takes a client's TLS handshake; from then on the socket's bytes are those inside, and Socket::tls() tells of them.
/// `received` are bytes that were read off the socket already. An error says what the client did, and leaves a socket
/// that is good for nothing but to be closed (Socket::tls()->failure() then names the reason).
Task<base::Result<void>> accept(Socket& socket, std::shared_ptr<const ServerContexts> contexts, base::Time deadline,
                                std::string_view received = {});

/// The same from the other end: makes a handshake with a server that is known as `server_name` (a host name, which is
/// sent as SNI too, or an address; empty: neither sent nor checked).
Task<base::Result<void>> connect(Socket& socket, std::shared_ptr<const ClientContext> context, std::string server_name,
                                 base::Time deadline);

/// The same with a server that is known: it may take up a session again.
Task<base::Result<void>> connect(Socket& socket, std::shared_ptr<KnownServer> server, base::Time deadline);

}  // namespace headgate::net::tls
