#pragma once
#include <cstdint>
#include <string_view>

#include "net/socket.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::http {

/// Carries bytes both ways between a client and the far end of an upgraded connection until both have closed their
/// direction, one fails, or nothing has moved either way for `idle`.
class TunnelRelay {
 public:
  TunnelRelay(net::Socket& client, message::TunnelEnd& far, base::Duration idle)
      : client_(client), far_(far), idle_(idle), share_(client.loop()) {}

  /// `early` are bytes that the client sent already.
  net::Task<base::Result<void>> run(std::string_view early);
  std::uint64_t bytes_up() const { return bytes_up_; }
  std::uint64_t bytes_down() const { return bytes_down_; }

 private:
  net::Task<base::Result<void>> carry_up(std::string_view early);
  net::Task<base::Result<void>> carry_down();
  base::Time deadline() const { return last_moved_ + idle_; }
  bool is_idle() { return client_.loop().now() >= deadline(); }

  net::Socket& client_;
  message::TunnelEnd& far_;
  base::Duration idle_;
  net::TurnShare share_;  // of both directions
  base::Time last_moved_{};
  std::uint64_t bytes_up_ = 0;
  std::uint64_t bytes_down_ = 0;
};

}  // namespace headgate::proxy::http
