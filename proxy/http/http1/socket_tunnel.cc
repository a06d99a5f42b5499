#include "proxy/http/http1/socket_tunnel.h"

#include <sys/socket.h>

#include <array>
#include <utility>

namespace headgate::proxy::http::http1 {

net::Task<base::Result<std::string_view>> SocketTunnel::read(base::Time deadline) {
  using Bytes = base::Result<std::string_view>;
  if (!early_.empty()) co_return Bytes(std::exchange(early_, {}));
  while (true) {
    if (!buffer_) buffer_ = client_.loop().buffers().borrow(net::BufferPool::kMedium);
    const net::IoResult got = client_.read_some({buffer_.data(), buffer_.size()});
    if (got.status == net::IoStatus::kOk) co_return Bytes(std::string_view(buffer_.data(), got.bytes));
    if (got.status == net::IoStatus::kEnd) co_return Bytes(std::string_view());
    if (got.status == net::IoStatus::kFailed) {
      co_return Bytes(base::system_error(got.error, "read from the tunnel's client", base::Fault::kClient));
    }
    buffer_.release();
    const net::WaitStatus waited = co_await client_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) {
      co_return Bytes(base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the tunnel was idle"});
    }
  }
}

net::Task<base::Result<void>> SocketTunnel::write(std::string_view bytes, base::Duration stall) {
  std::array<iovec, 1> parts{iovec{const_cast<char*>(bytes.data()), bytes.size()}};
  base::Result<void> sent = co_await client_.write_all(parts, stall, base::Fault::kClient);
  co_return sent;
}

void SocketTunnel::cut() {
  ::shutdown(client_.fd(), SHUT_RDWR);
}

}  // namespace headgate::proxy::http::http1
