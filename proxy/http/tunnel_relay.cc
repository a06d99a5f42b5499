#include "proxy/http/tunnel_relay.h"

namespace headgate::proxy::http {

net::Task<base::Result<void>> TunnelRelay::run() {
  last_moved_ = loop_.now();
  net::Task<base::Result<void>> up = carry_up();
  up.start();
  base::Result<void> down = co_await carry_down();
  // With one direction broken the other has nobody to answer to; with one closed in good order it may still end well.
  if (!down) co_return down;
  base::Result<void> rest = co_await up;
  co_return rest;
}

net::Task<base::Result<void>> TunnelRelay::carry_up() {
  while (true) {
    base::Result<std::string_view> got = co_await client_.read(deadline());
    if (!got && got.error().kind == base::ErrorKind::kTimeout) {
      if (is_idle()) break;
      continue;
    }
    if (!got) {
      far_.cut();
      co_return got.error();
    }
    if (got->empty()) break;
    last_moved_ = loop_.now();
    bytes_up_ += got->size();
    const std::size_t bytes = got->size();
    base::Result<void> sent = co_await far_.write(*got, idle_);
    if (!sent) co_return sent;
    if (share_.is_used_up(bytes)) co_await net::next_turn(loop_);
  }
  far_.end_writing();
  co_return base::Result<void>();
}

net::Task<base::Result<void>> TunnelRelay::carry_down() {
  while (true) {
    base::Result<std::string_view> got = co_await far_.read(deadline());
    if (!got && got.error().kind == base::ErrorKind::kTimeout && !is_idle()) continue;
    if (!got) co_return got.error();
    if (got->empty()) break;
    last_moved_ = loop_.now();
    bytes_down_ += got->size();
    const std::size_t bytes = got->size();
    base::Result<void> sent = co_await client_.write(*got, idle_);
    if (!sent) co_return sent;
    if (share_.is_used_up(bytes)) co_await net::next_turn(loop_);
  }
  client_.end_writing();
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::http
