#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/buffer_pool.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/listener/connection_ending.h"
#include "proxy/listener/listener_state.h"
#include "proxy/tcp/routing.h"
#include "wire/proxy_protocol/proxy_protocol.h"

namespace headgate::proxy::tcp {

/// What a client sends before it is known where its bytes go: a PROXY header, and a ClientHello to choose a pool by.
/// Both are waited for until one deadline, and bounded; what was read of the client's own bytes is kept for the
/// backend.
class Prelude {
 public:
  explicit Prelude(net::Socket& client) : client_(client) {}

  /// kWell, and then `header` is filled; kBadProxyHeader if none came in time.
  net::Task<listener::ConnectionEnding> read_proxy_header(wire::proxy_protocol::Header& header, base::Time deadline);

  /// What a ClientHello says, in copies. Bytes that are no TLS at all say nothing, and that is well.
  struct Wishes {
    std::string server_name;
    Routing::Choice choice;
  };
  /// kWell, kHelloTimeout, kHelloMalformed or kClientGone.
  net::Task<listener::ConnectionEnding> read_hello(const Routing& routing, Wishes& wishes, base::Time deadline);

  /// The client's bytes that nobody has taken yet; they are in the buffer.
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  net::Buffer take_buffer() { return std::move(buffer_); }

 private:
  enum class Filled : std::uint8_t { kBytes, kClosed, kFailed, kTimeout };
  net::Task<Filled> fill(base::Time deadline);

  net::Socket& client_;
  net::Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace headgate::proxy::tcp
