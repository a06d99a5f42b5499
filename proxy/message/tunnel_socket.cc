#include "proxy/message/tunnel_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <span>
#include <string>
#include <utility>

namespace headgate::proxy::message {

net::Task<base::Result<std::string_view>> TunnelSocket::read(base::Time deadline) {
  using Bytes = base::Result<std::string_view>;
  if (!early_.empty()) co_return Bytes(std::exchange(early_, {}));
  while (true) {
    // A message is read in one call and followed by nothing, so another try would be for nothing.
    if (!socket_.may_be_readable()) {
      buffer_.release();
      const net::WaitStatus waited = co_await socket_.readable(deadline);
      if (waited == net::WaitStatus::kTimeout) {
        co_return Bytes(base::Error{base::ErrorKind::kTimeout, fault_, "the tunnel was idle"});
      }
    }
    const std::size_t wanted = has_much_ ? net::BufferPool::kLarge : net::BufferPool::kMedium;
    if (buffer_.size() < wanted) buffer_ = socket_.loop().buffers().borrow(wanted);
    const net::IoResult got = socket_.read_some({buffer_.data(), buffer_.size()});
    if (got.status == net::IoStatus::kOk) {
      has_much_ = has_much_ || got.bytes == buffer_.size();
      co_return Bytes(std::string_view(buffer_.data(), got.bytes));
    }
    if (got.status == net::IoStatus::kEnd) co_return Bytes(std::string_view());
    if (got.status == net::IoStatus::kFailed) {
      co_return Bytes(base::system_error(got.error, std::string("read from the tunnel's ") + whose_, fault_));
    }
  }
}

net::Task<base::Result<void>> TunnelSocket::write(std::string_view bytes, base::Duration stall) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  const std::span<iovec> parts(&part, 1);
  const net::IoResult sent = socket_.write_some(parts);
  if (sent.status == net::IoStatus::kOk) {
    if (sent.bytes == bytes.size()) co_return base::Result<void>();
    part = {const_cast<char*>(bytes.data()) + sent.bytes, bytes.size() - sent.bytes};
  }
  base::Result<void> rest = co_await socket_.write_all(parts, stall, fault_);
  co_return rest;
}

void TunnelSocket::cut() {
  ::shutdown(socket_.fd(), SHUT_RDWR);
}

}  // namespace headgate::proxy::message
