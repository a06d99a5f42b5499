#include "net/tls/reach.h"

#include <sys/uio.h>

#include <span>
#include <utility>

#include "net/tls/facts.h"
#include "net/tls/handshake.h"

namespace headgate::net::tls {
namespace {

/// For who wants a connection all of these are one: it did not come about, and the server has seen nothing.
base::Error unreachable(const base::Endpoint& address, base::Error error) {
  const bool is_servers = error.fault == base::Fault::kUpstream;
  if (is_servers && error.kind != base::ErrorKind::kTimeout) error.kind = base::ErrorKind::kUnreachable;
  error.message = "connect to " + address.text() + ": " + error.message;
  return error;
}

/// What the handshake itself leaves open.
base::Result<void> check_agreement(const Socket& socket, const ClientContext& context) {
  const std::string& wanted = context.must_speak();
  if (wanted.empty() || socket.tls()->alpn() == wanted) return {};
  return base::Error{base::ErrorKind::kUnreachable, base::Fault::kUpstream,
                     "the server does not agree to " + wanted + " in the TLS handshake (ALPN)"};
}

}  // namespace

Task<base::Result<std::unique_ptr<Socket>>> reach(Loop& loop, base::Endpoint address,
                                                  std::shared_ptr<KnownServer> server, std::string opening,
                                                  base::Time deadline) {
  using SocketResult = base::Result<std::unique_ptr<Socket>>;
  base::Result<std::unique_ptr<Socket>> socket = co_await Socket::connect(loop, address, deadline);
  if (!socket) co_return socket;
  base::Result<void> done;
  if (!opening.empty()) {
    iovec part{opening.data(), opening.size()};
    const std::span<iovec> parts(&part, 1);
    done = co_await (*socket)->write_all(parts, deadline - loop.now(), base::Fault::kUpstream);
  }
  if (done) {
    done = co_await connect(**socket, server, deadline);
  }
  if (done) done = check_agreement(**socket, *server->context());
  if (!done) co_return SocketResult(unreachable(address, done.error()));
  co_return socket;
}

}  // namespace headgate::net::tls
