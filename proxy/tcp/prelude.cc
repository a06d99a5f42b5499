#include "proxy/tcp/prelude.h"

#include <algorithm>

#include "wire/tls/client_hello.h"

namespace headgate::proxy::tcp {

using listener::ConnectionEnding;

net::Task<Prelude::Filled> Prelude::fill(base::Time deadline) {
  while (true) {
    [[maybe_unused]] const net::WaitStatus waited = co_await client_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) co_return Filled::kTimeout;
    // Borrowed only now: a client that says nothing holds no buffer.
    if (!buffer_) buffer_ = client_.loop().buffers().borrow(net::BufferPool::kSmall);
    if (end_ == buffer_.size()) {
      // Room for the longest hello, and for the PROXY header before it.
      net::Buffer larger = client_.loop().buffers().borrow(buffer_.size() * 4);
      std::copy_n(buffer_.data(), end_, larger.data());
      buffer_ = std::move(larger);
    }
    const net::IoResult got = client_.read_some({buffer_.data() + end_, buffer_.size() - end_});
    if (got.status == net::IoStatus::kFailed) co_return Filled::kFailed;
    if (got.status == net::IoStatus::kEnd) co_return Filled::kClosed;
    if (got.status == net::IoStatus::kWouldBlock) continue;
    end_ += got.bytes;
    co_return Filled::kBytes;
  }
}

net::Task<ConnectionEnding> Prelude::read_proxy_header(wire::proxy_protocol::Header& header, base::Time deadline) {
  while (true) {
    const wire::proxy_protocol::ParseState state = wire::proxy_protocol::parse(unread(), header);
    if (state == wire::proxy_protocol::ParseState::kDone) break;
    if (state == wire::proxy_protocol::ParseState::kMalformed) co_return ConnectionEnding::kBadProxyHeader;
    const Filled filled = co_await fill(deadline);
    if (filled != Filled::kBytes) co_return ConnectionEnding::kBadProxyHeader;
  }
  begin_ += header.bytes;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    buffer_.release();
  }
  co_return ConnectionEnding::kWell;
}

net::Task<ConnectionEnding> Prelude::read_hello(const Routing& routing, Wishes& wishes, base::Time deadline) {
  wire::tls::ClientHello hello;
  wire::tls::HelloState state = wire::tls::HelloState::kNeedMore;
  bool closed = false;
  while (!closed) {
    if (begin_ != end_) state = wire::tls::parse_client_hello(unread(), hello);
    if (state != wire::tls::HelloState::kNeedMore) break;
    const Filled filled = co_await fill(deadline);
    if (filled == Filled::kTimeout) co_return ConnectionEnding::kHelloTimeout;
    if (filled == Filled::kFailed) co_return ConnectionEnding::kClientGone;
    closed = filled == Filled::kClosed;
  }
  // Who closed in the middle of a hello will not send the rest; who closed before it, or after some byte that could
  // have begun one, has said what he has to say, and it is no TLS.
  if (closed && end_ == begin_) co_return ConnectionEnding::kClientGone;
  if (closed || state == wire::tls::HelloState::kMalformed || state == wire::tls::HelloState::kTooLarge) {
    co_return ConnectionEnding::kHelloMalformed;
  }
  wishes.server_name = hello.server_name;
  wishes.choice = routing.choose(hello.server_name, hello.protocols);
  co_return ConnectionEnding::kWell;
}

}  // namespace headgate::proxy::tcp
