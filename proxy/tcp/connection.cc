#include "proxy/tcp/connection.h"

#include <array>
#include <optional>
#include <utility>

#include "net/cancel.h"
#include "wire/tls/client_hello.h"

namespace headgate::proxy::tcp {

using listener::ConnectionEnding;

namespace {

/// Tells a canceller when a client has gone for good while nobody reads from it. One that has only closed its own
/// direction has not: it waits for what the backend says to what it sent.
class GoneWatch {
 public:
  GoneWatch(net::Socket& client, net::Canceller& canceller)
      : client_(client), canceller_(canceller), watch_(&GoneWatch::look, this) {
    client_.set_hangup_watch(&watch_);
  }
  ~GoneWatch() { client_.set_hangup_watch(nullptr); }
  GoneWatch(const GoneWatch&) = delete;
  GoneWatch& operator=(const GoneWatch&) = delete;

 private:
  static void look(void* self) {
    auto* watch = static_cast<GoneWatch*>(self);
    if (watch->client_.is_broken()) watch->canceller_.cancel();
  }
  net::Socket& client_;
  net::Canceller& canceller_;
  net::HangupWatch watch_;
};

/// Counts a connection as busy while it has a backend.
class ActiveMark {
 public:
  explicit ActiveMark(listener::ListenerCounters& counters) : counters_(counters) {
    counters_.connections_active.add(1);
  }
  ~ActiveMark() { counters_.connections_active.add(-1); }
  ActiveMark(const ActiveMark&) = delete;
  ActiveMark& operator=(const ActiveMark&) = delete;

 private:
  listener::ListenerCounters& counters_;
};

}  // namespace

/// Shows a relay for as long as it runs, and keeps what it counted, however it ends.
class Connection::Shown {
 public:
  Shown(Connection& connection, const Relay& relay) : connection_(connection) { connection_.relay_ = &relay; }
  ~Shown() {
    connection_.bytes_up_ = connection_.relay_->bytes_up();
    connection_.bytes_down_ = connection_.relay_->bytes_down();
    connection_.first_byte_ = connection_.relay_->first_byte_down();
    connection_.relay_ = nullptr;
  }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

 private:
  Connection& connection_;
};

Connection::Connection(Service& service, base::LocalPtr<listener::ListenerState> listener,
                       base::LocalPtr<Entrance> entrance, int fd, base::IpAddress peer)
    : service_(service),
      listener_(std::move(listener)),
      entrance_(std::move(entrance)),
      client_(service.loop(), fd),
      socket_peer_(peer),
      peer_(peer),
      counted_client_(entrance_->settings().limits.connections_per_client > 0),
      accepted_(service.loop().now()) {
  where_.ask_at(entrance_->desk());
  service.connections().push_back(*this);
  counters().connections.add();
  counters().connections_open.add(1);
}

Connection::~Connection() {
  if (ending_ == ConnectionEnding::kCut) cut();
  note_end();
  counters().connections_open.add(-1);
  listener_->share->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (counted_client_) listener_->share->clients.leave(socket_peer_);
}

net::Task<void> Connection::serve(Service& service, base::LocalPtr<listener::ListenerState> listener,
                                  base::LocalPtr<Entrance> entrance, int fd, base::IpAddress peer) {
  Connection connection(service, std::move(listener), std::move(entrance), fd, peer);
  connection.ending_ = co_await connection.run();
}

net::Task<ConnectionEnding> Connection::run() {
  Prelude prelude(client_);
  ConnectionEnding ending = co_await find_pool(prelude);
  if (ending == ConnectionEnding::kWell) ending = co_await find_backend();
  if (ending != ConnectionEnding::kWell) {
    refuse(ending);
    co_return ending;
  }
  progress_.phase = message::Phase::kTunnel;
  connected_ = service_.loop().now();
  balance::BackendCounters& upstream = backend_.lease.backend().counters(service_.worker());
  listener::ListenerCounters& own = counters();
  Relay relay(client_, backend_.connection->socket(), {own.bytes_received, upstream.bytes_sent},
              {upstream.bytes_received, own.bytes_sent}, entrance_->settings().timeouts.idle);
  const ActiveMark active(own);
  const Shown shown(*this, relay);
  const std::string_view early = prelude.unread();
  ending = co_await relay.run(prelude.take_buffer(), early);
  const bool is_whole =
      ending == ConnectionEnding::kWell || (ending == ConnectionEnding::kIdle && !relay.holds_bytes());
  if (!is_whole) cut();
  co_return ending;
}

net::Task<ConnectionEnding> Connection::find_pool(Prelude& prelude) {
  const base::Time deadline = accepted_ + entrance_->settings().timeouts.header;
  if (entrance_->settings().proxy_protocol) {
    progress_.phase = message::Phase::kProxyHeader;
    if (!listener_->trusts(socket_peer_)) co_return ConnectionEnding::kBadProxyHeader;
    wire::proxy_protocol::Header header;
    const ConnectionEnding read = co_await prelude.read_proxy_header(header, deadline);
    if (read != ConnectionEnding::kWell) co_return read;
    if (!header.local && !header.source.is_unix()) {
      peer_ = header.source.address();
      came_by_ = std::make_unique<const wire::proxy_protocol::Header>(header);
    }
  }
  const Routing& routing = entrance_->routing();
  Prelude::Wishes wishes;
  if (routing.needs_hello()) {
    progress_.phase = message::Phase::kHead;
    const ConnectionEnding read = co_await prelude.read_hello(routing, wishes, deadline);
    server_name_ = std::move(wishes.server_name);
    if (read != ConnectionEnding::kWell) co_return read;
  } else {
    wishes.choice = routing.choose({}, {});
  }
  pool_ = wishes.choice.pool;
  if (pool_ != Routing::kNone) co_return ConnectionEnding::kWell;
  detail_ = server_name_.empty() ? "the client named no server, and there is no pool for that"
                                 : "no pool for " + server_name_;
  co_return ConnectionEnding::kNoPool;
}

net::Task<ConnectionEnding> Connection::find_backend() {
  net::Canceller canceller(service_.loop());
  const GoneWatch watch(client_, canceller);
  std::optional<base::Result<Reached>> reached =
      co_await net::cancellable(canceller, reach_backend(service_.loop(), pool(), peer_, where_, *this, progress_));
  if (!reached) co_return ConnectionEnding::kClientGone;
  if (!*reached) {
    detail_ = reached->error().message;
    co_return ending_of(reached->error());
  }
  backend_ = std::move(**reached);
  co_return ConnectionEnding::kWell;
}

wire::proxy_protocol::Announcement Connection::announcement() const {
  if (came_by_) return {came_by_->source, came_by_->destination, server_name_};
  return {client_.peer(), client_.local(), server_name_};
}

ConnectionEnding Connection::ending_of(const base::Error& error) {
  if (error.kind == base::ErrorKind::kUnavailable) return ConnectionEnding::kNoBackend;
  if (error.fault == base::Fault::kHeadgate && error.kind == base::ErrorKind::kTimeout) {
    return ConnectionEnding::kQueueTimeout;
  }
  return ConnectionEnding::kConnectFailed;
}

void Connection::refuse(ConnectionEnding ending) {
  if (ending == ConnectionEnding::kBadProxyHeader) counters().connections_refused.add();
  const bool speaks_tls = ending == ConnectionEnding::kHelloMalformed || !server_name_.empty();
  if (!speaks_tls || (ending != ConnectionEnding::kHelloMalformed && ending != ConnectionEnding::kNoPool)) return;
  // A client that is told says so to its user; one that finds its connection closed calls it a fault of the network.
  const std::array<char, 7> alert = wire::tls::fatal_alert(
      ending == ConnectionEnding::kNoPool ? wire::tls::Alert::kUnrecognizedName : wire::tls::Alert::kDecodeError);
  const iovec part{const_cast<char*>(alert.data()), alert.size()};
  [[maybe_unused]] const net::IoResult sent = client_.write_some({&part, 1});
}

void Connection::cut() {
  client_.reset_on_close();
  if (backend_.connection) backend_.connection->socket().reset_on_close();
}

bool Connection::matches(const message::ConnectionQuery& query) const {
  if (!query.listener.empty() && query.listener != entrance_->settings().name) return false;
  return !query.client || *query.client == peer_;
}

message::ConnectionRow Connection::row() const {
  message::ConnectionRow row;
  row.listener = entrance_->settings().name;
  row.worker = service_.worker();
  row.client = row.peer = peer_;
  row.age = service_.loop().now() - accepted_;
  row.phase = progress_.phase;
  row.received_bytes = relay_ != nullptr ? relay_->bytes_up() : bytes_up_;
  row.sent_bytes = relay_ != nullptr ? relay_->bytes_down() : bytes_down_;
  row.host = server_name_;
  row.backend = backend_.lease ? backend_.lease.backend().id() : progress_.backend;
  return row;
}

void Connection::note_end() {
  counters().endings[static_cast<std::size_t>(ending_)].add();
  if (service_.observer() == nullptr) return;
  ConnectionRecord record;
  record.accepted = accepted_;
  record.end = base::now();
  record.accepted_at = base::wall_now() - (record.end - accepted_);
  record.backend_chosen = progress_.backend_chosen;
  record.connected = connected_;
  record.first_byte = first_byte_;
  record.client = peer_;
  record.where = &where_;
  record.server_name = server_name_;
  if (pool_ != Routing::kNone) record.pool = entrance_->routing().pools()[pool_];
  record.backend = progress_.backend;
  record.backend_address = progress_.backend_address;
  if (backend_.lease) {
    record.backend = backend_.lease.backend().id();
    record.backend_address = backend_.lease.backend().address_text();
  }
  record.retries = progress_.retries;
  record.bytes_up = bytes_up_;
  record.bytes_down = bytes_down_;
  record.ending = ending_;
  record.detail = detail_;
  service_.observer()->ended(*listener_, record);
}

}  // namespace headgate::proxy::tcp
