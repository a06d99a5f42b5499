#include "proxy/http/tunnel_relay.h"

#include <array>

#include "net/buffer_pool.h"

namespace headgate::proxy::http {

net::Task<base::Result<void>> TunnelRelay::run(std::string_view early) {
  last_moved_ = client_.loop().now();
  net::Task<base::Result<void>> up = carry_up(early);
  up.start();
  base::Result<void> down = co_await carry_down();
  // With one direction broken the other has nobody to answer to; with one closed in good order it may still end well.
  if (!down) co_return down;
  base::Result<void> rest = co_await up;
  co_return rest;
}

net::Task<base::Result<void>> TunnelRelay::carry_up(std::string_view early) {
  if (!early.empty()) {
    bytes_up_ += early.size();
    base::Result<void> sent = co_await far_.write(early, idle_);
    if (!sent) co_return sent;
  }
  net::Buffer buffer;
  while (true) {
    if (!buffer) buffer = client_.loop().buffers().borrow(net::BufferPool::kMedium);
    const net::IoResult got = client_.read_some({buffer.data(), buffer.size()});
    if (got.status == net::IoStatus::kEnd) break;
    if (got.status == net::IoStatus::kFailed) {
      far_.cut();
      co_return base::system_error(got.error, "read from the tunnel's client", base::Fault::kClient);
    }
    if (got.status == net::IoStatus::kWouldBlock) {
      buffer.release();
      const net::WaitStatus waited = co_await client_.readable(deadline());
      if (waited == net::WaitStatus::kTimeout && is_idle()) break;
      continue;
    }
    last_moved_ = client_.loop().now();
    bytes_up_ += got.bytes;
    const std::string_view bytes(buffer.data(), got.bytes);
    base::Result<void> sent = co_await far_.write(bytes, idle_);
    if (!sent) co_return sent;
    if (share_.is_used_up(bytes.size())) co_await net::next_turn(client_.loop());
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
    last_moved_ = client_.loop().now();
    bytes_down_ += got->size();
    std::array<iovec, 1> parts{iovec{const_cast<char*>(got->data()), got->size()}};
    const std::size_t bytes = got->size();
    base::Result<void> sent = co_await client_.write_all(parts, idle_, base::Fault::kClient);
    if (!sent) co_return sent;
    if (share_.is_used_up(bytes)) co_await net::next_turn(client_.loop());
  }
  client_.shutdown_write();
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::http
