#include "proxy/origin/http2/stream_tunnel.h"

#include <string>

namespace headgate::proxy::origin::http2 {

StreamTunnel::~StreamTunnel() {
  stream_.reset();
  lease_.give_back(connection_);
}

net::Task<base::Result<std::string_view>> StreamTunnel::read(base::Time deadline) {
  using Bytes = base::Result<std::string_view>;
  stream_->make_room();
  while (!stream_->has_bytes()) {
    if (stream_->at_end()) co_return Bytes(std::string_view());
    if (const std::optional<RequestStream::End>& end = stream_->broken()) {
      const std::string name(wire::http2::to_string(end->code));
      co_return Bytes(
          base::Error{base::ErrorKind::kReset, base::Fault::kUpstream, "the tunnel was reset (" + name + ")"});
    }
    const bool woken = co_await stream_->change(deadline);
    if (!woken) {
      co_return Bytes(base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream, "the tunnel was idle"});
    }
  }
  co_return Bytes(stream_->take_ready());
}

net::Task<base::Result<void>> StreamTunnel::write(std::string_view bytes, base::Duration stall) {
  base::Result<void> sent = co_await stream_->write(bytes, stall);
  co_return sent;
}

}  // namespace headgate::proxy::origin::http2
