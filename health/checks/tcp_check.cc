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
  const bool in_handshake = error.message.find("TLS handshake") != std::string::npos;
  if (error.kind == base::ErrorKind::kTimeout && !in_handshake) {
    return {Verdict::kFailed,
            fmt::format("connect to {}: no answer within {}", address.text(), config::duration_text(timeout))};
  }
  return {Verdict::kFailed, error.message};
}

net::Task<Finding> check_tcp(net::Loop& loop, Target target, base::Duration timeout) {
  const base::Time deadline = loop.now() + timeout;
  const base::Result<std::unique_ptr<net::Socket>> socket = co_await connect_to(loop, target, deadline);
  if (!socket) co_return finding_of(socket.error(), target.address, timeout);
  co_return Finding{Verdict::kPassed, fmt::format("connected to {}", target.address.text())};
}

}  // namespace headgate::health::checks
