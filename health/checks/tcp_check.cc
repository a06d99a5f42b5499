#include "health/checks/tcp_check.h"

#include <fmt/format.h>

#include <memory>

#include "config/values.h"
#include "net/socket.h"

namespace headgate::health::checks {

Finding finding_of(const base::Error& error, const base::Endpoint& address, base::Duration timeout) {
  // Ports run out with an error of connect(), which otherwise blames the upstream.
  if (error.fault != base::Fault::kUpstream || error.kind == base::ErrorKind::kExhausted) {
    return {Verdict::kUndecided, error.message};
  }
  if (error.kind == base::ErrorKind::kTimeout) {
    return {Verdict::kFailed,
            fmt::format("connect to {}: no answer within {}", address.text(), config::duration_text(timeout))};
  }
  return {Verdict::kFailed, error.message};
}

net::Task<Finding> check_tcp(net::Loop& loop, base::Endpoint address, base::Duration timeout, std::string opening) {
  const base::Time deadline = loop.now() + timeout;
  const base::Result<std::unique_ptr<net::Socket>> socket = co_await net::Socket::connect(loop, address, deadline);
  if (!socket) co_return finding_of(socket.error(), address, timeout);
  if (!opening.empty()) {
    // A server that waits for a PROXY header would note a connection without one as a fault.
    iovec part{opening.data(), opening.size()};
    const std::span<iovec> parts(&part, 1);
    const base::Result<void> sent = co_await (*socket)->write_all(parts, deadline - loop.now(), base::Fault::kUpstream);
    if (!sent) co_return Finding{Verdict::kFailed, sent.error().message};
  }
  co_return Finding{Verdict::kPassed, fmt::format("connected to {}", address.text())};
}

}  // namespace headgate::health::checks
