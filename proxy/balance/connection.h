#pragma once
#include <cstdint>
#include <memory>

#include "base/intrusive_list.h"
#include "net/socket.h"
#include "proxy/balance/backend.h"

namespace headgate::proxy::balance {

class IdleConnections;

/// One connection to a backend, in use or idle. Counts itself in Backend::connections_open while it lives.
class Connection : public base::ListHook {
 public:
  Connection(std::shared_ptr<Backend> backend, std::unique_ptr<net::Socket> socket);
  ~Connection();

  net::Socket& socket() { return *socket_; }
  Backend& backend() { return *backend_; }
  /// Requests that it carried before the one it carries now.
  std::uint32_t uses() const { return uses_; }

 private:
  friend class IdleConnections;
  std::shared_ptr<Backend> backend_;
  std::unique_ptr<net::Socket> socket_;
  std::uint32_t uses_ = 0;
  IdleConnections* idle_in_ = nullptr;
  net::HangupWatch watch_;
  net::Timer idle_timer_;
};

}  // namespace headgate::proxy::balance
