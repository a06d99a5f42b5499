#include "health/checks/target.h"

#include <sys/uio.h>

#include <span>
#include <utility>

#include "net/tls/reach.h"

namespace headgate::health::checks {

std::string Target::host() const {
  if (server != nullptr && !server->name().empty() && !base::IpAddress::parse(server->name())) return server->name();
  return address.is_unix() ? "localhost" : address.text();
}

net::Task<base::Result<std::unique_ptr<net::Socket>>> connect_to(net::Loop& loop, Target target, base::Time deadline) {
  using SocketResult = base::Result<std::unique_ptr<net::Socket>>;
  if (target.server != nullptr) {
    co_return co_await net::tls::reach(loop, std::move(target.address), std::move(target.server),
                                       std::move(target.opening), deadline);
  }
  SocketResult socket = co_await net::Socket::connect(loop, std::move(target.address), deadline);
  if (!socket || target.opening.empty()) co_return socket;
  // A server that waits for a PROXY header would note a connection without one as a fault.
  iovec part{target.opening.data(), target.opening.size()};
  const std::span<iovec> parts(&part, 1);
  const base::Result<void> sent = co_await (*socket)->write_all(parts, deadline - loop.now(), base::Fault::kUpstream);
  if (!sent) co_return SocketResult(sent.error());
  co_return socket;
}

}  // namespace headgate::health::checks
