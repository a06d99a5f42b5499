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

std::unique_ptr<Connection> Lease::take_idle() {
  std::unique_ptr<Connection> connection = backend_->idle.take();
  if (connection) backend_->counters->connections_reused.add();
  return connection;
}

void Lease::keep(std::unique_ptr<Connection> connection) {
  if (!backend_->in_version || backend_->is_disabled) return;
  const config::PoolConnections& settings = pool_->version_->settings.connections;
  backend_->idle.keep(std::move(connection), settings.idle, pool_->loop_.now() + settings.idle_timeout);
}

net::Task<base::Result<std::unique_ptr<Connection>>> Lease::connect(base::Time deadline) {
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
  co_return ConnectionResult(std::make_unique<Connection>(std::move(*slot), std::move(*socket)));
}

}  // namespace headgate::proxy::balance
