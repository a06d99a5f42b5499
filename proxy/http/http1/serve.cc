#include "proxy/http/http1/serve.h"

#include <memory>
#include <optional>

#include "net/cancel.h"
#include "net/frame_pool.h"
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

net::Task<bool> refuse(ClientConnection& connection, Exchange& exchange, std::uint16_t status, std::string_view why) {
  exchange.begin(connection.listener(), connection.peer(), "HTTP/1.1");
  wire::http1::Hop hop;
  hop.keep_alive = false;
  Client client(connection, exchange, hop);
  [[maybe_unused]] const bool delivered = co_await exchange.refuse(client, status, why);
  connection.linger_at_end();
  co_return false;
}

using wire::http1::ParseState;

}  // namespace

class Serving {
 public:
  explicit Serving(ClientConnection& connection)
      : connection_(connection), active_(connection.counters()), loan_(connection.service()) {}
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  // As short-lived and as many as frames of coroutines.
  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* memory, std::size_t bytes) { net::FramePool::give_back(memory, bytes); }

  ClientConnection& connection() { return connection_; }
  Exchange& exchange() { return *loan_; }
  Client& client() { return *client_; }
  bool is_under_way() const { return client_.has_value(); }
  const wire::http1::Refusal& refusal() const { return refusal_; }
  ParseState parsed() const { return parsed_; }

  ParseState parse() {
    const config::ListenerLimits& limits = connection_.settings().limits;
    parsed_ = wire::http1::parse_request_head(connection_.unread(), {limits.header_bytes, limits.headers}, scanned_,
                                              exchange().arena(), exchange().request().head, hop_, refusal_);
    return parsed_;
  }

  /// After the head was parsed: false if the request is refused for what it asks.
  bool try_begin() {
    connection_.take(hop_.head_bytes);
    const std::optional<wire::http1::Refusal> unserved =
        reception::refusal_of(exchange().request().head, hop_, connection_.settings());
    if (unserved) {
      refusal_ = *unserved;
      return false;
    }
    exchange().begin(connection_.listener(), connection_.peer(), hop_.minor_version == 1 ? "HTTP/1.1" : "HTTP/1.0");
    exchange().request().tls = connection_.socket().tls();
    under_way_.emplace(connection_, exchange());
    client_.emplace(connection_, exchange(), hop_);
    return true;
  }

  net::CancellableAwaiter<bool>& rest() { return rest_.emplace(client_->canceller(), exchange().run_rest(*client_)); }

  bool end(std::optional<bool> delivered) {
    if (!delivered) {
      client_->note_unfinished();
      exchange().abandon();
      return false;
    }
    const bool goes_on = *delivered && client_->can_go_on();
    // After an answer that broke off the end must not look like a good one, as it would after a FIN.
    if (*delivered && client_->has_unread_body()) connection_.linger_at_end();
    connection_.keep_excess(client_->excess());
    return goes_on;
  }

 private:
  ClientConnection& connection_;
  const ActiveMark active_;
  ExchangeLoan loan_;
  wire::http1::Hop hop_;
  wire::http1::Refusal refusal_;
  ParseState parsed_ = ParseState::kNeedMore;
  std::size_t scanned_ = 0;
  std::optional<UnderWay> under_way_;
  std::optional<Client> client_;
  std::optional<net::CancellableAwaiter<bool>> rest_;  // first to go: it uses all of the others
};

namespace {

/// Reads on until the head is there; kNeedMore: it did not come in time. Nothing: the client has gone.
net::Task<std::optional<ParseState>> read_head(Serving& serving) {
  ClientConnection& connection = serving.connection();
  const base::Time deadline = connection.loop().now() + connection.settings().timeouts.header;
  while (true) {
    // The views of a half-parsed head do not survive a growing buffer.
    serving.exchange().request().head.clear();
    const ClientConnection::Filled filled = connection.fill();
    if (filled == ClientConnection::Filled::kClosed) co_return std::nullopt;
    if (filled == ClientConnection::Filled::kBytes) {
      const ParseState parsed = serving.parse();
      if (parsed != ParseState::kNeedMore) co_return parsed;
      continue;
    }
    const net::WaitStatus waited = co_await connection.socket().readable(deadline);
    if (waited == net::WaitStatus::kTimeout) co_return ParseState::kNeedMore;
  }
}

}  // namespace

void ServingDeleter::operator()(Serving* serving) const {
  delete serving;
}

ServingOwner serve_one(ClientConnection& connection, bool& goes_on) {
  ServingOwner serving(new Serving(connection));
  if (serving->parse() != ParseState::kDone || !serving->try_begin()) return serving;
  if (!serving->exchange().try_run(serving->client())) return serving;
  goes_on = serving->end(serving->exchange().was_delivered());
  return nullptr;
}

bool is_under_way(const Serving& serving) {
  return serving.is_under_way();
}

net::CancellableAwaiter<bool>& rest_of(Serving& serving) {
  return serving.rest();
}

bool end(Serving& serving, std::optional<bool> delivered) {
  return serving.end(delivered);
}

net::Task<bool> serve_slowly(ServingOwner serving) {
  ClientConnection& connection = serving->connection();
  Exchange& exchange = serving->exchange();
  if (serving->parsed() == ParseState::kNeedMore) {
    const std::optional<ParseState> read = co_await read_head(*serving);
    if (!read) co_return false;
    if (*read == ParseState::kNeedMore) {
      co_return co_await refuse(connection, exchange, 408, "the request did not arrive in time");
    }
    if (*read == ParseState::kDone && serving->try_begin()) {
      if (exchange.try_run(serving->client())) co_return serving->end(exchange.was_delivered());
      const std::optional<bool> delivered = co_await serving->rest();
      co_return serving->end(delivered);
    }
  }
  const wire::http1::Refusal refusal = serving->refusal();
  co_return co_await refuse(connection, exchange, refusal.status, refusal.reason);
}

}  // namespace headgate::proxy::http::http1
