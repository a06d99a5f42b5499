#pragma once
#include <memory>

#include "net/buffer_pool.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::origin {

/// A backend's connection after 101 Switching Protocols. Counts as a request of its backend while it lives.
class UpgradedConnection final : public message::TunnelEnd {
 public:
  /// `buffer` holds what came behind the head, from `begin` to `end`.
  UpgradedConnection(balance::Lease lease, std::unique_ptr<balance::Connection> connection, net::Buffer buffer,
                     std::size_t begin, std::size_t end)
      : lease_(std::move(lease)),
        connection_(std::move(connection)),
        buffer_(std::move(buffer)),
        begin_(begin),
        end_(end) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override;
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override;
  void end_writing() override { connection_->socket().shutdown_write(); }
  void cut() override;

 private:
  balance::Lease lease_;
  std::unique_ptr<balance::Connection> connection_;
  net::Buffer buffer_;
  std::size_t begin_;
  std::size_t end_;
};

}  // namespace headgate::proxy::origin
