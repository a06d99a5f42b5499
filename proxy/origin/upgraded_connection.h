#pragma once
#include <memory>
#include <utility>

#include "proxy/balance/worker_pool.h"
#include "proxy/message/tunnel.h"
#include "proxy/message/tunnel_socket.h"

namespace headgate::proxy::origin {

/// A backend's connection after 101 Switching Protocols. Counts as a request of its backend while it lives.
class UpgradedConnection final : public message::TunnelEnd {
 public:
  /// `buffer` holds what came behind the head, from `begin` to `end`.
  UpgradedConnection(balance::Lease lease, std::unique_ptr<balance::Connection> connection, net::Buffer buffer,
                     std::size_t begin, std::size_t end)
      : lease_(std::move(lease)),
        connection_(std::move(connection)),
        socket_(connection_->socket(), base::Fault::kUpstream, "backend", std::move(buffer), begin, end) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override { return socket_.read(deadline); }
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override {
    return socket_.write(bytes, stall);
  }
  void end_writing() override { socket_.end_writing(); }
  void cut() override { socket_.cut(); }

 private:
  balance::Lease lease_;
  std::unique_ptr<balance::Connection> connection_;
  message::TunnelSocket socket_;
};

}  // namespace headgate::proxy::origin
