#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/socket.h"
#include "net/task.h"
#include "net/tls/known_server.h"

namespace headgate::net::tls {

/// A new connection to a server over TLS, with all that may be asked of it: that it is who it has to be, and that it
/// agrees to the protocol that must be spoken. `opening` (a PROXY header) is sent first, in the clear. Errors begin
/// with "connect to ADDRESS: "; a server that is there and does not pass is kUnreachable, and one that is slow
/// kTimeout.
Task<base::Result<std::unique_ptr<Socket>>> reach(Loop& loop, base::Endpoint address,
                                                  std::shared_ptr<KnownServer> server, std::string opening,
                                                  base::Time deadline);

}  // namespace headgate::net::tls
