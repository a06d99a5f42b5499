#pragma once
#include <cstdint>

#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::http {

/// Carries bytes both ways between a client's end of a tunnel and the far one until both have closed their
/// direction, one fails, or nothing has moved either way for `idle`.
class TunnelRelay {
 public:
  TunnelRelay(net::Loop& loop, message::TunnelEnd& client, message::TunnelEnd& far, base::Duration idle)
      : loop_(loop), client_(client), far_(far), idle_(idle), share_(loop) {}

  net::Task<base::Result<void>> run();
  std::uint64_t bytes_up() const { return bytes_up_; }
  std::uint64_t bytes_down() const { return bytes_down_; }

 private:
  net::Task<base::Result<void>> carry_up();
  net::Task<base::Result<void>> carry_down();
  base::Time deadline() const { return last_moved_ + idle_; }
  bool is_idle() { return loop_.now() >= deadline(); }

  net::Loop& loop_;
  message::TunnelEnd& client_;
  message::TunnelEnd& far_;
  base::Duration idle_;
  net::TurnShare share_;  // of both directions
  base::Time last_moved_{};
  std::uint64_t bytes_up_ = 0;
  std::uint64_t bytes_down_ = 0;
};

}  // namespace headgate::proxy::http
