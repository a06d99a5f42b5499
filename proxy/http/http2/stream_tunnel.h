#pragma once
#include <string_view>

#include "proxy/http/http2/client.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::http::http2 {

/// The client's end of a tunnel that is a stream (RFC 8441): its DATA is what goes through.
class StreamTunnel final : public message::TunnelEnd {
 public:
  explicit StreamTunnel(Client& client) : client_(client) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override;
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override;
  void end_writing() override;
  void cut() override;

 private:
  Client& client_;
};

}  // namespace headgate::proxy::http::http2
