#include "proxy/origin/upgraded_connection.h"

#include <sys/socket.h>

#include <array>

namespace headgate::proxy::origin {

net::Task<base::Result<std::string_view>> UpgradedConnection::read(base::Time deadline) {
  using Bytes = base::Result<std::string_view>;
  if (begin_ < end_) {
    const std::string_view left(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    co_return Bytes(left);
  }
  net::Socket& socket = connection_->socket();
  while (true) {
    if (!buffer_) buffer_ = socket.loop().buffers().borrow(net::BufferPool::kMedium);
    const net::IoResult got = socket.read_some({buffer_.data(), buffer_.size()});
    if (got.status == net::IoStatus::kOk) co_return Bytes(std::string_view(buffer_.data(), got.bytes));
    if (got.status == net::IoStatus::kEnd) co_return Bytes(std::string_view());
    if (got.status == net::IoStatus::kFailed) {
      co_return Bytes(base::system_error(got.error, "read from the tunnel's backend", base::Fault::kUpstream));
    }
    buffer_.release();
    const net::WaitStatus waited = co_await socket.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) {
      co_return Bytes(base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream, "the tunnel was idle"});
    }
  }
}

net::Task<base::Result<void>> UpgradedConnection::write(std::string_view bytes, base::Duration stall) {
  std::array<iovec, 1> parts{iovec{const_cast<char*>(bytes.data()), bytes.size()}};
  base::Result<void> sent = co_await connection_->socket().write_all(parts, stall, base::Fault::kUpstream);
  co_return sent;
}

void UpgradedConnection::cut() {
  ::shutdown(connection_->socket().fd(), SHUT_RDWR);
}

}  // namespace headgate::proxy::origin
