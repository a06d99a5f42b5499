#include "proxy/http/http2/stream_tunnel.h"

namespace headgate::proxy::http::http2 {

net::Task<base::Result<std::string_view>> StreamTunnel::read(base::Time deadline) {
  using Bytes = base::Result<std::string_view>;
  client_.settle_taken();
  while (true) {
    const std::string_view piece = client_.inbox_.take();
    if (!piece.empty() || client_.input_ended_) co_return Bytes(piece);
    if (client_.is_gone_) co_return Bytes(client_.gone());
    const bool came = co_await client_.input_.wait(deadline);
    if (!came) {
      co_return Bytes(base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the tunnel was idle"});
    }
  }
}

net::Task<base::Result<void>> StreamTunnel::write(std::string_view bytes, base::Duration stall) {
  client_.rest_ = bytes;
  client_.connection_.session().resume(client_);
  client_.connection_.collect();
  while (!client_.rest_.empty() || client_.is_referred_) {
    if (client_.is_gone_) co_return client_.gone();
    const std::size_t before = client_.rest_.size();
    const bool moved = co_await client_.output_.wait(client_.connection_.client().loop().now() + stall);
    if (!moved && client_.rest_.size() == before) {
      co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the client took nothing for too long"};
    }
  }
  if (client_.is_gone_) co_return client_.gone();
  co_return base::Result<void>();
}

void StreamTunnel::end_writing() {
  client_.ends_ = true;
  client_.connection_.session().resume(client_);
  client_.connection_.flush_soon();
}

void StreamTunnel::cut() {
  client_.connection_.session().reset(client_, wire::http2::ErrorCode::kConnectError);
  client_.connection_.flush_soon();
}

}  // namespace headgate::proxy::http::http2
