#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "net/socket.h"
#include "net/timer.h"
#include "proxy/balance/backend.h"

namespace headgate::net::tls {
class KnownServer;
}

namespace headgate::proxy::balance {

class IdleConnections;
class Pool;

/// The right to have one connection open to a backend: counted in Backend::connections_open while it lives, and in its
/// pool's connections().
class ConnectionSlot {
 public:
  /// Nothing if `backend_max` are open already to the backend, or `pool_max` (0: any number) to all of the pool, over
  /// all workers. The pool must outlive it.
  static std::optional<ConnectionSlot> take(std::shared_ptr<Backend> backend, std::uint32_t backend_max, Pool& pool,
                                            std::uint32_t pool_max);
  /// Beyond any limit, and of no pool.
  explicit ConnectionSlot(std::shared_ptr<Backend> backend);
  ConnectionSlot(ConnectionSlot&& other) noexcept = default;
  ConnectionSlot& operator=(ConnectionSlot&&) = delete;
  ~ConnectionSlot();

  Backend& backend() const { return *backend_; }

 private:
  struct Counted {};
  ConnectionSlot(std::shared_ptr<Backend> backend, Pool& pool, Counted) : backend_(std::move(backend)), pool_(&pool) {}
  std::shared_ptr<Backend> backend_;
  Pool* pool_ = nullptr;
};

/// One connection to a backend, in use or idle. Counts itself in Backend::connections_open while it lives.
class Connection : public base::ListHook {
 public:
  Connection(std::shared_ptr<Backend> backend, std::unique_ptr<net::Socket> socket);
  /// `server`: who was made sure of by TLS; null: nobody.
  Connection(ConnectionSlot slot, std::unique_ptr<net::Socket> socket, const net::tls::KnownServer* server = nullptr);
  ~Connection();

  net::Socket& socket() { return *socket_; }
  Backend& backend() { return slot_.backend(); }
  /// The PROXY header that it began with: it carries that client's requests alone. Empty: none.
  std::string_view announced() const { return announced_ ? std::string_view(*announced_) : std::string_view(); }
  /// Begins it with a PROXY header; before anything else is sent, and not empty. False if the kernel does not take it.
  bool announce(std::string header);
  /// It was begun with this header already, before TLS.
  void note_announced(std::string header) { announced_ = std::make_unique<const std::string>(std::move(header)); }
  /// Requests that it carried before the one it carries now.
  std::uint32_t uses() const { return uses_; }
  const net::tls::KnownServer* server() const { return server_; }

 private:
  friend class IdleConnections;
  ConnectionSlot slot_;
  std::unique_ptr<net::Socket> socket_;
  std::unique_ptr<const std::string> announced_;  // few have one
  const net::tls::KnownServer* server_;           // kept by the socket's TLS
  std::uint32_t uses_ = 0;
  IdleConnections* idle_in_ = nullptr;
  net::HangupWatch watch_;
  net::Timer idle_timer_;
};

/// One worker's idle connections to one backend. One that the backend closes, or that nobody used for its time, goes at
/// once; one on which bytes came unasked goes when it would be taken.
class IdleConnections {
 public:
  IdleConnections() = default;
  ~IdleConnections() { close_all(); }
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  /// Of those that began with this PROXY header (none: empty) the one kept last that is still open and silent, or null.
  /// With a header only the kAnnouncedSearch that were kept last are looked at: a client that comes back soon is there.
  std::unique_ptr<Connection> take(std::string_view announced);
  static constexpr std::uint32_t kAnnouncedSearch = 64;
  /// Closes it in place of keeping it if `idle_max` are kept already or it is not silent. One that is for one client
  /// alone makes room for itself: those before it may be for clients that do not come back.
  void keep(std::unique_ptr<Connection> connection, std::uint32_t idle_max, base::Time until);
  /// Closes the one that has been idle longest; false if there is none.
  bool close_oldest();
  void close_all();
  std::size_t size() const { return size_; }

 private:
  friend class Connection;
  std::unique_ptr<Connection> take_announced(std::string_view announced);
  std::unique_ptr<Connection> remove(Connection& connection);
  static void close_idle(void* context);

  base::IntrusiveList<Connection> connections_;  // owned; the one kept last in front
  std::size_t size_ = 0;
};

}  // namespace headgate::proxy::balance
