#include <fmt/format.h>

#include <optional>

#include "net/tls/facts.h"
#include "net/tls/reach.h"
#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::balance {

Backend& Lease::backend() const {
  return *backend_->backend;
}

void Lease::note_latency(base::Duration latency, base::Time now) const {
  pool_->note_latency(latency, now);
}

Feedback Lease::wanted_feedback() const {
  return backend_->feedback;
}

std::uint64_t Lease::identity() const {
  return backend_->identity;
}

std::shared_ptr<Backend> Lease::shared_backend() const {
  return backend_->backend;
}

std::shared_ptr<net::tls::KnownServer> Lease::server() const {
  return backend_->server;
}

void Lease::end() {
  std::exchange(pool_, nullptr)->give_back(*std::exchange(backend_, nullptr));
}

bool Lease::wants_announcement() const {
  return pool_->version_->settings.proxy_header != config::ProxyHeader::kNone;
}

std::string Lease::announcement_of(const wire::proxy_protocol::Announcement& announcement) const {
  const bool is_text = pool_->version_->settings.proxy_header == config::ProxyHeader::kV1;
  return is_text ? wire::proxy_protocol::write_v1(announcement) : wire::proxy_protocol::write_v2(announcement);
}

std::unique_ptr<Connection> Lease::take_idle(std::string_view announced) {
  std::unique_ptr<Connection> connection = backend_->idle.take(announced);
  if (connection) backend_->counters->connections_reused.add();
  return connection;
}

void Lease::keep(std::unique_ptr<Connection> connection) {
  if (!backend_->in_version || backend_->is_disabled || connection->server() != backend_->server.get()) return;
  if (pool_->pool_->connections().is_wanted()) [[unlikely]]
    return;  // by another backend's request, or another worker's
  const config::PoolConnections& settings = pool_->version_->settings.connections;
  backend_->idle.keep(std::move(connection), settings.idle, pool_->loop_.now() + settings.idle_timeout);
}

base::Result<ConnectionSlot> Lease::take_slot() {
  std::optional<ConnectionSlot> slot = pool_->take_connection_slot(*backend_);
  if (slot) return base::Result<ConnectionSlot>(std::move(*slot));
  return pool_->no_connection(*backend_);
}

net::Task<base::Result<std::unique_ptr<Connection>>> Lease::connect(base::Time deadline, std::string header) {
  using ConnectionResult = base::Result<std::unique_ptr<Connection>>;
  std::optional<ConnectionSlot> slot = pool_->take_connection_slot(*backend_);
  if (!slot && pool_->is_full_of_connections()) [[unlikely]] {
    std::optional<ConnectionSlot> waited = co_await pool_->wait_for_connection_slot(*backend_, deadline);
    if (waited) slot.emplace(std::move(*waited));
  }
  if (!slot) co_return ConnectionResult(pool_->no_connection(*backend_));
  const std::shared_ptr<net::tls::KnownServer> server = backend_->server;
  std::string opening = server == nullptr ? std::string() : header;  // it comes before TLS
  base::Result<std::unique_ptr<net::Socket>> socket =
      co_await open_socket(pool_->loop_, backend_->backend, server, std::move(opening), pool_->worker_, deadline);
  if (!socket) co_return ConnectionResult(socket.error());
  auto connection = std::make_unique<Connection>(std::move(*slot), std::move(*socket), server.get());
  if (header.empty()) co_return ConnectionResult(std::move(connection));
  if (server != nullptr) {
    connection->note_announced(std::move(header));
  } else if (!connection->announce(std::move(header))) {
    backend_->counters->connect_failures.add();
    backend_->backend->health().report(health::BackendHealth::Outcome::kError);
    co_return ConnectionResult(
        base::Error{base::ErrorKind::kReset, base::Fault::kUpstream,
                    fmt::format("backend {} closed before it took the PROXY header", backend_->backend->id())});
  }
  co_return ConnectionResult(std::move(connection));
}

SharedConnection* Lease::take_shared() {
  SharedConnection* connection = backend_->shared.take();
  if (connection != nullptr && connection->uses() > 1) backend_->counters->connections_reused.add();
  return connection;
}

void Lease::share(std::unique_ptr<SharedConnection> connection) {
  backend_->shared.add(std::move(connection));
}

void Lease::give_back(SharedConnection& connection) {
  const config::PoolConnections& settings = pool_->version_->settings.connections;
  const bool may_stay = backend_->in_version && !backend_->is_disabled;
  backend_->shared.give_back(connection, may_stay ? settings.idle : 0, pool_->loop_.now() + settings.idle_timeout);
}

net::Task<base::Result<std::unique_ptr<net::Socket>>> open_socket(net::Loop& loop, std::shared_ptr<Backend> backend,
                                                                  std::shared_ptr<net::tls::KnownServer> server,
                                                                  std::string opening, std::size_t worker,
                                                                  base::Time deadline) {
  using SocketResult = base::Result<std::unique_ptr<net::Socket>>;
  BackendCounters& counters = backend->counters(worker);
  std::optional<base::Result<std::unique_ptr<net::Socket>>> opened;
  if (server == nullptr) {
    opened = co_await net::Socket::connect(loop, backend->address(), deadline);
  } else {
    opened = co_await net::tls::reach(loop, backend->address(), std::move(server), std::move(opening), deadline);
  }
  base::Result<std::unique_ptr<net::Socket>>& socket = *opened;
  if (socket) {
    counters.connections_opened.add();
    if (const net::tls::Facts* facts = (*socket)->tls()) {
      (facts->resumed() ? counters.tls_resumed : counters.tls_full).add();
    }
    co_return SocketResult(std::move(*socket));
  }
  counters.connect_failures.add();
  const bool is_backends_fault =
      socket.error().fault == base::Fault::kUpstream && socket.error().kind != base::ErrorKind::kExhausted;
  if (is_backends_fault) backend->health().report(health::BackendHealth::Outcome::kError);
  co_return SocketResult(socket.error());
}

}  // namespace headgate::proxy::balance
