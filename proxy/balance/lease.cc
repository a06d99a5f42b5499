#include <fmt/format.h>

#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::balance {

Backend& Lease::backend() const {
  return *backend_->backend;
}

void Lease::give_back() {
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
  if (!backend_->in_version || backend_->is_disabled) return;
  const config::PoolConnections& settings = pool_->version_->settings.connections;
  backend_->idle.keep(std::move(connection), settings.idle, pool_->loop_.now() + settings.idle_timeout);
}

net::Task<base::Result<std::unique_ptr<Connection>>> Lease::connect(base::Time deadline, std::string header) {
  using ConnectionResult = base::Result<std::unique_ptr<Connection>>;
  WorkerBackend& member = *backend_;
  const std::uint32_t connections_max = pool_->version_->settings.connections.max;
  std::optional<ConnectionSlot> slot = ConnectionSlot::take(member.backend, connections_max);
  if (!slot && member.idle.close_oldest()) {
    std::optional<ConnectionSlot> given_up = ConnectionSlot::take(member.backend, connections_max);
    if (given_up) slot.emplace(std::move(*given_up));
  }
  if (!slot) {
    co_return ConnectionResult(base::Error{base::ErrorKind::kUnavailable, base::Fault::kUpstream,
                                           fmt::format("pool {}: backend {} has its {} connections open",
                                                       pool_->pool_->name(), member.backend->id(), connections_max)});
  }
  base::Result<std::unique_ptr<net::Socket>> socket =
      co_await net::Socket::connect(pool_->loop_, member.backend->address(), deadline);
  if (!socket) {
    member.counters->connect_failures.add();
    const bool is_backends_fault =
        socket.error().fault == base::Fault::kUpstream && socket.error().kind != base::ErrorKind::kExhausted;
    if (is_backends_fault) member.backend->health().report(health::BackendHealth::Outcome::kError);
    co_return ConnectionResult(socket.error());
  }
  member.counters->connections_opened.add();
  auto connection = std::make_unique<Connection>(std::move(*slot), std::move(*socket));
  // Before anything else, TLS included.
  if (!header.empty() && !connection->announce(std::move(header))) {
    member.counters->connect_failures.add();
    member.backend->health().report(health::BackendHealth::Outcome::kError);
    co_return ConnectionResult(
        base::Error{base::ErrorKind::kReset, base::Fault::kUpstream,
                    fmt::format("backend {} closed before it took the PROXY header", member.backend->id())});
  }
  co_return ConnectionResult(std::move(connection));
}

}  // namespace headgate::proxy::balance
