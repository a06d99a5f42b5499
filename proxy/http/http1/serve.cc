#include "proxy/http/http1/serve.h"

#include "net/cancel.h"
#include "proxy/http/exchange.h"
#include "proxy/http/exchange_loan.h"
#include "proxy/http/http1/client.h"
#include "proxy/http/reception/steps.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::http::http1 {
namespace {

/// Counts a connection as busy while a request is under way.
class ActiveMark {
 public:
  explicit ActiveMark(ListenerCounters& counters) : counters_(counters) { counters_.connections_active.add(1); }
  ~ActiveMark() { counters_.connections_active.add(-1); }
  ActiveMark(const ActiveMark&) = delete;
  ActiveMark& operator=(const ActiveMark&) = delete;

 private:
  ListenerCounters& counters_;
};

/// Shows an exchange for as long as it runs, however it ends.
class UnderWay {
 public:
  UnderWay(ClientConnection& connection, const Exchange& exchange) : connection_(connection) {
    connection_.count_request();
    connection_.show(&exchange);
  }
  ~UnderWay() { connection_.show(nullptr); }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  ClientConnection& connection_;
};

wire::http1::ParseState parse(ClientConnection& connection, Exchange& exchange, wire::http1::Hop& hop,
                              wire::http1::Refusal& refusal, std::size_t& scanned) {
  const config::ListenerLimits& limits = connection.settings().limits;
  const wire::http1::HeadLimits head_limits{limits.header_bytes, limits.headers};
  return wire::http1::parse_request_head(connection.unread(), head_limits, scanned, exchange.arena(),
                                         exchange.request().head, hop, refusal);
}

net::Task<bool> refuse(ClientConnection& connection, Exchange& exchange, std::uint16_t status, std::string_view why) {
  exchange.begin(connection.listener(), connection.peer(), "HTTP/1.1");
  wire::http1::Hop hop;
  hop.keep_alive = false;
  Client client(connection, exchange, hop);
  [[maybe_unused]] const bool delivered = co_await exchange.refuse(client, status, why);
  connection.linger_at_end();
  co_return false;
}

}  // namespace

net::Task<bool> serve_one(ClientConnection& connection) {
  const ActiveMark active(connection.counters());
  ExchangeLoan loan(connection.service());
  Exchange& exchange = *loan;
  wire::http1::Hop hop;
  wire::http1::Refusal refusal;
  std::size_t scanned = 0;
  base::Time deadline{};
  while (true) {
    const wire::http1::ParseState parsed = parse(connection, exchange, hop, refusal, scanned);
    if (parsed == wire::http1::ParseState::kDone) break;
    if (parsed == wire::http1::ParseState::kRefused) {
      co_return co_await refuse(connection, exchange, refusal.status, refusal.reason);
    }
    if (deadline == base::Time{}) deadline = connection.loop().now() + connection.settings().timeouts.header;
    // The views of a half-parsed head do not survive a growing buffer.
    exchange.request().head.clear();
    const ClientConnection::Filled filled = connection.fill();
    if (filled == ClientConnection::Filled::kBytes) continue;
    if (filled == ClientConnection::Filled::kClosed) co_return false;
    const net::WaitStatus waited = co_await connection.socket().readable(deadline);
    if (waited == net::WaitStatus::kTimeout) {
      co_return co_await refuse(connection, exchange, 408, "the request did not arrive in time");
    }
  }
  connection.take(hop.head_bytes);
  const std::optional<wire::http1::Refusal> unserved =
      reception::refusal_of(exchange.request().head, hop, connection.settings());
  if (unserved) co_return co_await refuse(connection, exchange, unserved->status, unserved->reason);
  exchange.begin(connection.listener(), connection.peer(), hop.minor_version == 1 ? "HTTP/1.1" : "HTTP/1.0");
  exchange.request().tls = connection.socket().tls();
  const UnderWay under_way(connection, exchange);
  Client client(connection, exchange, hop);
  std::optional<bool> delivered;
  if (exchange.try_run(client)) {
    delivered = exchange.was_delivered();
  } else {
    delivered = co_await net::cancellable(client.canceller(), exchange.run_rest(client));
  }
  if (!delivered) {
    client.note_unfinished();
    exchange.abandon();
    co_return false;
  }
  const bool go_on = *delivered && client.can_go_on();
  // After an answer that broke off the end must not look like a good one, as it would after a FIN.
  if (*delivered && client.has_unread_body()) connection.linger_at_end();
  connection.keep_excess(client.excess());
  co_return go_on;
}

}  // namespace headgate::proxy::http::http1
