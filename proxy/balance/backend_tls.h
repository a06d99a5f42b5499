#pragma once
#include <memory>
#include <string>

#include "base/ip_address.h"
#include "base/result.h"
#include "config/config.h"
#include "net/tls/known_server.h"

namespace headgate::proxy::balance {

/// What TLS to a pool's backends needs, from its files as they are now; null: its backends are spoken to without.
/// Errors name the pool and the file. `is_for_tcp`: what goes over its connections is not HTTP, and no protocol is
/// named.
base::Result<std::shared_ptr<const net::tls::ClientContext>> backend_tls_of(const config::Pool& pool, bool is_for_tcp);

/// Whether a `protocol: tcp` listener leads to the pool.
bool is_tcp_target(const config::Config& config, const std::string& pool);

/// Whose name or address a backend's certificate must be for.
std::string server_name_of(const config::PoolTls& tls, const config::Backend& backend, const base::Endpoint& address);

/// The server that a backend is to be: the one `before`, with its session, if nothing has changed. Null without
/// context.
std::shared_ptr<net::tls::KnownServer> known_server(const std::shared_ptr<net::tls::KnownServer>& before,
                                                    std::shared_ptr<const net::tls::ClientContext> context,
                                                    std::string name);

}  // namespace headgate::proxy::balance
