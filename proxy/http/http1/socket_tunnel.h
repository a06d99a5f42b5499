#pragma once
#include <string_view>

#include "net/buffer_pool.h"
#include "net/socket.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::http::http1 {

/// The client's end of a tunnel that is its whole connection.
class SocketTunnel final : public message::TunnelEnd {
 public:
  /// `early` are bytes that the client sent already.
  SocketTunnel(net::Socket& client, std::string_view early) : client_(client), early_(early) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override;
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override;
  void end_writing() override { client_.shutdown_write(); }
  void cut() override;

 private:
  net::Socket& client_;
  std::string_view early_;
  net::Buffer buffer_;
};

}  // namespace headgate::proxy::http::http1
