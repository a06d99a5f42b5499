#include "proxy/http/client_connection.h"

#include <algorithm>
#include <cstring>

#include "net/cancel.h"
#include "net/tls/facts.h"
#include "net/tls/handshake.h"
#include "net/waiting.h"
#include "proxy/http/exchange.h"
#include "proxy/http/http1/serve.h"
#include "proxy/http/http2/connection.h"
#include "proxy/listener/tls_share.h"
#include "wire/http2/session.h"
#include "wire/proxy_protocol/proxy_protocol.h"

namespace headgate::proxy::http {

ClientConnection::ClientConnection(Service& service, base::LocalPtr<ListenerState> listener, int fd,
                                   base::IpAddress peer)
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
  counted_client_ = settings().limits.connections_per_client > 0;
}

origin::ClientEnds ClientConnection::ends() const {
  const net::tls::Facts* tls = socket_.tls();
  return {socket_.peer(), socket_.local(), tls != nullptr ? tls->server_name() : std::string_view()};
}

ClientConnection::~ClientConnection() {
  counters().connections_open.add(-1);
  listener_->share->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (counted_client_) listener_->share->clients.leave(socket_peer_);
}

net::Task<void> ClientConnection::serve(Service& service, base::LocalPtr<ListenerState> listener, int fd,
                                        base::IpAddress peer) {
  ClientConnection client(service, std::move(listener), fd, peer);
  bool open = true;
  if (client.settings().proxy_protocol) open = co_await client.read_proxy_header();
  if (open && client.listener_->tls) open = co_await client.shake_hands();
  if (open && client.speaks_http2()) {
    co_await http2::serve(client);
    open = false;
  }
  while (open) {
    // Here, and not in a coroutine of its own, since this is where a connection is idle: one frame fewer for each.
    if (client.unread().empty()) {
      const net::WaitStatus waited = co_await client.socket_.readable(client.idle_deadline());
      if (waited == net::WaitStatus::kTimeout) break;
      const Filled filled = client.fill();
      if (filled != Filled::kBytes) client.drop_buffer_if_empty();
      if (filled == Filled::kClosed) break;
      if (filled == Filled::kNothing) continue;
    }
    if (!client.served_any_ && client.may_be_http2()) {
      const bool is_http2 = co_await client.sees_preface();
      if (is_http2) {
        co_await http2::serve(client);
        break;
      }
    }
    const std::uint64_t turn = service.loop().turn();
    client.phase_ = message::Phase::kHead;
    http1::ServingOwner serving = http1::serve_one(client, open);
    if (serving != nullptr && http1::is_under_way(*serving)) {
      const std::optional<bool> delivered = co_await http1::rest_of(*serving);
      open = http1::end(*serving, delivered);
    } else if (serving != nullptr) {
      open = co_await http1::serve_slowly(std::move(serving));
    }
    serving.reset();
    client.phase_ = message::Phase::kIdle;
    client.quiet_since_ = service.loop().now();
    client.served_any_ = true;
    client.drop_buffer_if_empty();
    // A client that sends request upon request, each answered without waiting, would keep all others out.
    const bool has_more = open && !client.unread().empty();
    if (has_more && turn == service.loop().turn()) co_await net::next_turn(service.loop());
  }
  client.phase_ = message::Phase::kLinger;
  if (client.must_linger_) co_await client.linger();
}

bool ClientConnection::matches(const message::ConnectionQuery& query) const {
  if (!query.listener.empty() && query.listener != settings().name) return false;
  if (!query.client || *query.client == peer_) return true;
  return exchange_ != nullptr && exchange_->request().client == *query.client;
}

message::ConnectionRow ClientConnection::row() const {
  message::ConnectionRow row;
  row.listener = settings().name;
  row.worker = service_.worker();
  row.client = row.peer = peer_;
  row.age = service_.loop().now() - opened_;
  row.phase = phase_;
  row.requests = requests_;
  row.requests_running = std::max<std::uint32_t>(running_, exchange_ != nullptr ? 1 : 0);
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

base::Time ClientConnection::idle_deadline() const {
  const config::ListenerTimeouts& timeouts = settings().timeouts;
  return quiet_since_ + (served_any_ ? timeouts.idle : timeouts.header);
}

ClientConnection::Filled ClientConnection::fill() {
  if (!input_) input_ = loop().buffers().borrow(net::BufferPool::kSmall);
  if (end_ == input_.size()) {
    // Bytes of an earlier request go first; then the buffer grows to what one head may take.
    net::Buffer target;
    const std::uint32_t kept = end_ - begin_;
    const bool must_grow = kept * std::size_t{2} > input_.size();
    if (must_grow) target = loop().buffers().borrow(input_.size() * 4);
    net::Buffer& to = must_grow ? target : input_;
    std::memmove(to.data(), input_.data() + begin_, kept);
    if (must_grow) input_ = std::move(target);
    begin_ = 0;
    end_ = kept;
  }
  const net::IoResult got = socket_.read_some({input_.data() + end_, input_.size() - end_});
  if (got.status == net::IoStatus::kOk) {
    end_ += static_cast<std::uint32_t>(got.bytes);
    note_received(got.bytes);
    return Filled::kBytes;
  }
  return got.status == net::IoStatus::kWouldBlock ? Filled::kNothing : Filled::kClosed;
}

void ClientConnection::drop_buffer_if_empty() {
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  input_.release();
}

void ClientConnection::keep_excess(std::string_view excess) {
  const bool is_own = input_ && excess.data() >= input_.data() && excess.data() <= input_.data() + input_.size();
  if (is_own || excess.empty()) {
    begin_ = end_ - static_cast<std::uint32_t>(excess.size());
    return;
  }
  net::Buffer target = loop().buffers().borrow(excess.size());
  std::memcpy(target.data(), excess.data(), excess.size());
  input_ = std::move(target);
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(excess.size());
}

/// The handshake has settled it (RFC 9113 section 3.2).
bool ClientConnection::speaks_http2() const {
  return socket_.tls() != nullptr && socket_.tls()->alpn() == "h2";
}

/// What was read so far begins as HTTP/2 with prior knowledge does (RFC 9113 section 3.3).
bool ClientConnection::may_be_http2() const {
  if (unread().front() != wire::http2::kPreface.front() || !settings().http2.enabled || listener_->tls) return false;
  return wire::http2::kPreface.starts_with(unread().substr(0, wire::http2::kPreface.size()));
}

/// Reads on until it is certain. What is no preface after all is HTTP/1's.
net::Task<bool> ClientConnection::sees_preface() {
  const base::Time deadline = loop().now() + settings().timeouts.header;
  while (may_be_http2()) {
    if (unread().size() >= wire::http2::kPreface.size()) co_return true;
    const Filled filled = fill();
    if (filled == Filled::kBytes) continue;
    if (filled == Filled::kClosed) break;
    const net::WaitStatus waited = co_await socket_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) break;
  }
  co_return false;
}

net::Task<void> ClientConnection::linger() {
  socket_.shutdown_write();
  const base::Time deadline = loop().now() + kLingerTime;
  const net::Buffer sink = loop().buffers().borrow(net::BufferPool::kSmall);
  std::size_t dropped = 0;
  while (dropped < kLingerBytes) {
    const net::IoResult got = socket_.read_beneath({sink.data(), sink.size()});
    if (got.status == net::IoStatus::kOk) {
      dropped += got.bytes;
      continue;
    }
    if (got.status != net::IoStatus::kWouldBlock) co_return;
    const net::WaitStatus waited = co_await socket_.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) co_return;
  }
}

net::Task<bool> ClientConnection::shake_hands() {
  listener::TlsShare& share = *listener_->share->tls;
  listener::TlsCounters& tls = share.counters.of(service_.worker());
  if (!share.rate.admit(settings().limits.handshakes_per_second, loop().now())) {
    tls.limited.add();
    co_return false;
  }
  phase_ = message::Phase::kHandshake;
  const base::Time deadline = opened_ + settings().timeouts.handshake;
  // What came behind a PROXY header is the client's first word.
  base::Result<void> shaken = co_await net::tls::accept(socket_, listener_->tls, deadline, unread());
  begin_ = end_ = 0;
  input_.release();
  phase_ = message::Phase::kIdle;
  quiet_since_ = loop().now();
  const net::tls::Facts* facts = socket_.tls();
  if (shaken) {
    (facts->resumed() ? tls.resumed : tls.full).add();
  } else if (facts != nullptr) {
    tls.failed[static_cast<std::size_t>(facts->failure())].add();
    // A client of TLS 1.3 may have sent its request by then: it is to hear the alert, and not a reset.
    if (shaken.error().kind == base::ErrorKind::kMalformed) linger_at_end();
  }
  co_return static_cast<bool>(shaken);
}

net::Task<bool> ClientConnection::read_proxy_header() {
  const base::Time deadline = loop().now() + settings().timeouts.header;
  phase_ = message::Phase::kProxyHeader;
  wire::proxy_protocol::Header header;
  while (listener_->trusts(peer_)) {
    const wire::proxy_protocol::ParseState state = wire::proxy_protocol::parse(unread(), header);
    if (state == wire::proxy_protocol::ParseState::kDone) {
      take(header.bytes);
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
