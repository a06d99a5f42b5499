#pragma once
#include <memory>

#include "base/result.h"
#include "config/config.h"
#include "proxy/listener/listener_share.h"

namespace headgate::net::tls {
class ServerContexts;
}

namespace headgate::proxy::listener {

/// What a listener shows to clients that speak TLS, from its files as they are now; null if it is a plain one. Errors
/// name the listener and the file.
base::Result<std::shared_ptr<const net::tls::ServerContexts>> tls_contexts_of(
    const config::Listener& listener, const std::shared_ptr<ListenerShare>& share);

}  // namespace headgate::proxy::listener
