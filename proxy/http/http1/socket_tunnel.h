#pragma once
#include <string_view>

#include "proxy/message/tunnel.h"
#include "proxy/message/tunnel_socket.h"

namespace headgate::proxy::http::http1 {

/// The client's end of a tunnel that is its whole connection.
class SocketTunnel final : public message::TunnelEnd {
 public:
  /// `early` are bytes that the client sent already.
  SocketTunnel(net::Socket& client, std::string_view early) : socket_(client, base::Fault::kClient, "client", early) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override { return socket_.read(deadline); }
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override {
    return socket_.write(bytes, stall);
  }
  void end_writing() override { socket_.end_writing(); }
  void cut() override { socket_.cut(); }

 private:
  message::TunnelSocket socket_;
};

}  // namespace headgate::proxy::http::http1
