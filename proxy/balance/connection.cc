#include "proxy/balance/connection.h"

#include <utility>

#include "proxy/balance/pool.h"

namespace headgate::proxy::balance {

std::optional<ConnectionSlot> ConnectionSlot::take(std::shared_ptr<Backend> backend, std::uint32_t backend_max,
                                                   Pool& pool, std::uint32_t pool_max) {
  if (!pool.connections().take(pool_max)) return std::nullopt;
  std::uint32_t open = backend->connections_open.load(std::memory_order_relaxed);
  while (open < backend_max) {
    if (backend->connections_open.compare_exchange_weak(open, open + 1, std::memory_order_relaxed)) {
      return ConnectionSlot(std::move(backend), pool, Counted{});
    }
  }
  pool.connections().give_back();
  return std::nullopt;
}

ConnectionSlot::ConnectionSlot(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {
  backend_->connections_open.fetch_add(1, std::memory_order_relaxed);
}

ConnectionSlot::~ConnectionSlot() {
  if (!backend_) return;
  backend_->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (pool_ != nullptr) pool_->connections().give_back();
}

Connection::Connection(std::shared_ptr<Backend> backend, std::unique_ptr<net::Socket> socket)
    : Connection(ConnectionSlot(std::move(backend)), std::move(socket)) {}

Connection::Connection(ConnectionSlot slot, std::unique_ptr<net::Socket> socket, const net::tls::KnownServer* server)
    : slot_(std::move(slot)),
      socket_(std::move(socket)),
      server_(server),
      watch_(&IdleConnections::close_idle, this),
      idle_timer_(socket_->loop().timers(), &IdleConnections::close_idle, this) {}

Connection::~Connection() = default;

bool Connection::announce(std::string header) {
  const iovec part{header.data(), header.size()};
  const net::IoResult sent = socket_->write_some({&part, 1});
  // A new connection has room for some hundred bytes, or is none.
  if (sent.status != net::IoStatus::kOk || sent.bytes != header.size()) return false;
  note_announced(std::move(header));
  return true;
}

std::unique_ptr<Connection> IdleConnections::take(std::string_view announced) {
  if (!announced.empty()) [[unlikely]]
    return take_announced(announced);
  while (!connections_.empty()) {
    std::unique_ptr<Connection> connection = remove(connections_.front());
    // A reload may have taken `proxy_protocol` from the pool.
    if (!connection->announced_ && connection->socket_->is_silent()) return connection;
  }
  return nullptr;
}

std::unique_ptr<Connection> IdleConnections::take_announced(std::string_view announced) {
  Connection* each = connections_.first();
  for (std::uint32_t i = 0; each != nullptr && i < kAnnouncedSearch; ++i) {
    Connection* next = connections_.next(*each);
    if (each->announced() == announced) {
      std::unique_ptr<Connection> connection = remove(*each);
      if (connection->socket_->is_silent()) return connection;
    }
    each = next;
  }
  return nullptr;
}

void IdleConnections::keep(std::unique_ptr<Connection> connection, std::uint32_t idle_max, base::Time until) {
  if (!connection->socket_->is_silent()) return;
  if (size_ >= idle_max && (idle_max == 0 || !connection->announced_)) return;
  if (size_ >= idle_max) close_oldest();
  ++connection->uses_;
  connection->idle_in_ = this;
  connection->socket_->set_hangup_watch(&connection->watch_);
  connection->idle_timer_.set(until);
  connections_.push_front(*connection.release());
  ++size_;
}

bool IdleConnections::close_oldest() {
  if (connections_.empty()) return false;
  remove(connections_.back());
  return true;
}

void IdleConnections::close_all() {
  while (close_oldest()) continue;
}

std::unique_ptr<Connection> IdleConnections::remove(Connection& connection) {
  connection.unlink();
  --size_;
  connection.idle_in_ = nullptr;
  connection.socket_->set_hangup_watch(nullptr);
  connection.idle_timer_.clear();
  return std::unique_ptr<Connection>(&connection);
}

void IdleConnections::close_idle(void* context) {
  Connection& connection = *static_cast<Connection*>(context);
  connection.idle_in_->remove(connection);
}

}  // namespace headgate::proxy::balance
