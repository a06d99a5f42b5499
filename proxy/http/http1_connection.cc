#include "proxy/http/http1_connection.h"

#include <algorithm>
#include <cstring>

#include "net/waiting.h"
#include "proxy/http/exchange.h"
#include "proxy/http/http1_client.h"
#include "proxy/http/reception/steps.h"
#include "wire/proxy_protocol/proxy_protocol.h"

namespace headgate::proxy::http {
namespace {

/// Gives an exchange back to the service however its coroutine ends.
class ExchangeLoan {
 public:
  explicit ExchangeLoan(Service& service) : service_(service), exchange_(service.take_exchange()) {}
  ~ExchangeLoan() { service_.give_back(std::move(exchange_)); }
  ExchangeLoan(const ExchangeLoan&) = delete;
  ExchangeLoan& operator=(const ExchangeLoan&) = delete;
  Exchange& operator*() { return *exchange_; }

 private:
  Service& service_;
  std::unique_ptr<Exchange> exchange_;
};

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

}  // namespace

Http1Connection::Http1Connection(Service& service, base::LocalPtr<ListenerState> listener, int fd, base::IpAddress peer)
    : service_(service),
      listener_(std::move(listener)),
      socket_(service.loop(), fd),
      socket_peer_(peer),
      peer_(peer),
      quiet_since_(service.loop().now()),
      opened_(quiet_since_) {
  service.connections().push_back(*this);
  counters().connections.add();
  counters().connections_open.add(1);
  counted_client_ = listener_->settings->limits.connections_per_client > 0;
}

/// Shows an exchange for as long as it runs, however it ends.
class Http1Connection::UnderWay {
 public:
  UnderWay(Http1Connection& connection, const Exchange& exchange) : connection_(connection) {
    ++connection_.requests_;
    connection_.exchange_ = &exchange;
  }
  ~UnderWay() { connection_.exchange_ = nullptr; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  Http1Connection& connection_;
};

bool Http1Connection::matches(const message::ConnectionQuery& query) const {
  if (!query.listener.empty() && query.listener != listener_->settings->name) return false;
  if (!query.client || *query.client == peer_) return true;
  return exchange_ != nullptr && exchange_->request().client == *query.client;
}

message::ConnectionRow Http1Connection::row() const {
  message::ConnectionRow row;
  row.listener = listener_->settings->name;
  row.worker = service_.worker();
  row.client = row.peer = peer_;
  row.age = service_.loop().now() - opened_;
  row.phase = phase_;
  row.requests = requests_;
  row.received_bytes = received_bytes_;
  row.sent_bytes = sent_bytes_;
  if (exchange_ == nullptr) return row;
  const message::Request& request = exchange_->request();
  const message::Record& record = exchange_->record();
  row.client = request.client;
  row.phase = record.phase;
  row.method = request.head.method_text;
  row.host = request.head.host;
  row.path = request.head.path.substr(0, message::ConnectionList::kPathBytesMax);
  row.route = record.route;
  row.backend = record.backend;
  return row;
}

Http1Connection::~Http1Connection() {
  counters().connections_open.add(-1);
  listener_->share->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (counted_client_) listener_->share->clients.leave(socket_peer_);
}

net::Task<void> Http1Connection::serve(Service& service, base::LocalPtr<ListenerState> listener, int fd,
                                       base::IpAddress peer) {
  Http1Connection connection(service, std::move(listener), fd, peer);
  bool open = true;
  if (connection.listener_->settings->proxy_protocol) open = co_await connection.read_proxy_header();
  while (open) {
    // Here, and not in a coroutine of its own, since this is where a connection is idle: one frame fewer for each.
    if (connection.begin_ == connection.end_) {
      const net::WaitStatus waited = co_await connection.socket_.readable(connection.idle_deadline());
      if (waited == net::WaitStatus::kTimeout) break;
      const Filled filled = connection.fill();
      if (filled != Filled::kBytes) connection.drop_buffer_if_empty();
      if (filled == Filled::kClosed) break;
      if (filled == Filled::kNothing) continue;
    }
    const std::uint64_t turn = service.loop().turn();
    connection.phase_ = message::Phase::kHead;
    open = co_await connection.serve_one();
    connection.phase_ = message::Phase::kIdle;
    connection.quiet_since_ = service.loop().now();
    connection.served_any_ = true;
    connection.drop_buffer_if_empty();
    // A client that sends request upon request, each answered without waiting, would keep all others out.
    const bool has_more = open && connection.begin_ != connection.end_;
    if (has_more && turn == service.loop().turn()) co_await net::next_turn(service.loop());
  }
  connection.phase_ = message::Phase::kLinger;
  if (connection.must_linger_) co_await connection.linger();
}

base::Time Http1Connection::idle_deadline() const {
  const config::ListenerTimeouts& timeouts = listener_->settings->timeouts;
  return quiet_since_ + (served_any_ ? timeouts.idle : timeouts.header);
}

Http1Connection::Filled Http1Connection::fill() {
  if (!input_) input_ = service_.loop().buffers().borrow(net::BufferPool::kSmall);
  if (end_ == input_.size()) {
    // Bytes of an earlier request go first; then the buffer grows to what one head may take.
    net::Buffer target;
    const std::size_t kept = end_ - begin_;
    const bool must_grow = kept * 2 > input_.size();
    if (must_grow) target = service_.loop().buffers().borrow(input_.size() * 4);
    net::Buffer& to = must_grow ? target : input_;
    std::memmove(to.data(), input_.data() + begin_, kept);
    if (must_grow) input_ = std::move(target);
    begin_ = 0;
    end_ = kept;
  }
  const net::IoResult got = socket_.read_some({input_.data() + end_, input_.size() - end_});
  if (got.status == net::IoStatus::kOk) {
    end_ += got.bytes;
    note_received(got.bytes);
    return Filled::kBytes;
  }
  return got.status == net::IoStatus::kWouldBlock ? Filled::kNothing : Filled::kClosed;
}

void Http1Connection::drop_buffer_if_empty() {
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  input_.release();
}

void Http1Connection::keep_excess(std::string_view excess) {
  const bool is_own = input_ && excess.data() >= input_.data() && excess.data() <= input_.data() + input_.size();
  if (is_own || excess.empty()) {
    begin_ = end_ - excess.size();
    return;
  }
  net::Buffer target = service_.loop().buffers().borrow(excess.size());
  std::memcpy(target.data(), excess.data(), excess.size());
  input_ = std::move(target);
  begin_ = 0;
  end_ = excess.size();
}

Http1Connection::Parsed Http1Connection::parse(Exchange& exchange, wire::http1::Hop& hop, wire::http1::Refusal& refusal,
                                               std::size_t& scanned) {
  const config::ListenerLimits& limits = listener_->settings->limits;
  const wire::http1::HeadLimits head_limits{limits.header_bytes, limits.headers};
  const wire::http1::ParseState state = wire::http1::parse_request_head(
      unread(), head_limits, scanned, exchange.arena(), exchange.request().head, hop, refusal);
  switch (state) {
    case wire::http1::ParseState::kDone:
      return Parsed::kHead;
    case wire::http1::ParseState::kNeedMore:
      return Parsed::kNeedMore;
    case wire::http1::ParseState::kRefused:
      return Parsed::kRefused;
  }
  return Parsed::kRefused;
}

net::Task<bool> Http1Connection::serve_one() {
  const ActiveMark active(counters());
  ExchangeLoan loan(service_);
  Exchange& exchange = *loan;
  wire::http1::Hop hop;
  wire::http1::Refusal refusal;
  std::size_t scanned = 0;
  base::Time deadline{};
  while (true) {
    const Parsed parsed = parse(exchange, hop, refusal, scanned);
    if (parsed == Parsed::kHead) break;
    if (parsed == Parsed::kRefused) co_return co_await refuse(exchange, refusal.status, refusal.reason);
    if (deadline == base::Time{}) deadline = service_.loop().now() + listener_->settings->timeouts.header;
    // The views of a half-parsed head do not survive a growing buffer.
    exchange.request().head.clear();
    const Filled filled = fill();
    if (filled == Filled::kBytes) continue;
    if (filled == Filled::kClosed) co_return false;
    const net::WaitStatus waited = co_await socket_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) {
      co_return co_await refuse(exchange, 408, "the request did not arrive in time");
    }
  }
  begin_ += hop.head_bytes;
  const std::optional<wire::http1::Refusal> unserved =
      reception::refusal_of(exchange.request().head, hop, *listener_->settings);
  if (unserved) co_return co_await refuse(exchange, unserved->status, unserved->reason);
  exchange.begin(*listener_, peer_, hop.minor_version == 1 ? "HTTP/1.1" : "HTTP/1.0");
  const UnderWay under_way(*this, exchange);
  Http1Client client(*this, exchange, hop);
  const std::optional<bool> delivered = co_await net::cancellable(client.canceller(), exchange.run(client));
  if (!delivered) {
    client.note_unfinished();
    exchange.abandon();
    co_return false;
  }
  const bool go_on = *delivered && client.can_go_on();
  // After an answer that broke off the end must not look like a good one, as it would after a FIN.
  must_linger_ = *delivered && client.has_unread_body();
  keep_excess(client.excess());
  co_return go_on;
}

net::Task<bool> Http1Connection::refuse(Exchange& exchange, std::uint16_t status, std::string_view why) {
  exchange.begin(*listener_, peer_, "HTTP/1.1");
  wire::http1::Hop hop;
  hop.keep_alive = false;
  Http1Client client(*this, exchange, hop);
  [[maybe_unused]] const bool delivered = co_await exchange.refuse(client, status, why);
  must_linger_ = true;
  co_return false;
}

net::Task<void> Http1Connection::linger() {
  socket_.shutdown_write();
  const base::Time deadline = service_.loop().now() + kLingerTime;
  const net::Buffer sink = service_.loop().buffers().borrow(net::BufferPool::kSmall);
  std::size_t dropped = 0;
  while (dropped < kLingerBytes) {
    const net::IoResult got = socket_.read_some({sink.data(), sink.size()});
    if (got.status == net::IoStatus::kOk) {
      dropped += got.bytes;
      continue;
    }
    if (got.status != net::IoStatus::kWouldBlock) co_return;
    const net::WaitStatus waited = co_await socket_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) co_return;
  }
}

net::Task<bool> Http1Connection::read_proxy_header() {
  const base::Time deadline = service_.loop().now() + listener_->settings->timeouts.header;
  phase_ = message::Phase::kProxyHeader;
  wire::proxy_protocol::Header header;
  while (listener_->trusts(peer_)) {
    const wire::proxy_protocol::ParseState state = wire::proxy_protocol::parse(unread(), header);
    if (state == wire::proxy_protocol::ParseState::kDone) {
      begin_ += header.bytes;
      if (!header.local && !header.source.is_unix()) peer_ = header.source.address();
      phase_ = message::Phase::kIdle;
      co_return true;
    }
    if (state == wire::proxy_protocol::ParseState::kMalformed) break;
    const Filled filled = fill();
    if (filled == Filled::kBytes) continue;
    if (filled == Filled::kClosed) break;
    const net::WaitStatus waited = co_await socket_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) break;
  }
  counters().connections_refused.add();
  phase_ = message::Phase::kIdle;
  co_return false;
}

}  // namespace headgate::proxy::http
