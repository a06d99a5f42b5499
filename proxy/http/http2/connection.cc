#include "proxy/http/http2/connection.h"

#include <algorithm>
#include <utility>

#include "proxy/http/exchange.h"
#include "proxy/http/http2/client.h"
#include "proxy/http/reception/steps.h"

namespace headgate::proxy::http::http2 {
namespace {

using wire::http2::ErrorCode;

constexpr std::string_view kVersion = "HTTP/2.0";

static_assert(ListenerCounters::kFloods == static_cast<std::size_t>(wire::http2::Flood::kCount));

wire::http2::Settings settings_of(const config::Listener& listener) {
  wire::http2::Settings settings;
  settings.streams_max = listener.http2.streams;
  settings.stream_window = static_cast<std::uint32_t>(listener.http2.stream_window);
  settings.connection_window = static_cast<std::uint32_t>(listener.http2.connection_window);
  settings.head.head_bytes = listener.limits.header_bytes;
  settings.head.fields = listener.limits.headers;
  return settings;
}

}  // namespace

Connection::Connection(ClientConnection& client)
    : client_(client),
      session_(wire::http2::Role::kServer, settings_of(client.settings()), *this),
      flush_hook_([](void* self) { static_cast<Connection*>(self)->flush(); }, this),
      wake_(client.loop()),
      share_(client.loop()),
      all_ended_(client.loop()),
      quiet_since_(client.loop().now()) {
  client.service().watch_leaving(*this);
  client.counters().http2_connections.add();
}

Connection::~Connection() {
  is_lost_ = true;  // what is still there has nothing to say any more
}

net::Task<void> serve(ClientConnection& client) {
  Connection connection(client);
  co_await connection.run();
}

net::Task<void> Connection::run() {
  if (client_.listener().draining) leave_now();
  receive(client_.unread());
  client_.take(client_.unread().size());
  client_.drop_buffer_if_empty();
  flush();
  count_flood();
  while (!is_finished()) {
    const std::optional<net::WaitStatus> waited = co_await net::cancellable(wake_, wait_readable(deadline()));
    if (waited == net::WaitStatus::kReady) read();
    if (waited == net::WaitStatus::kTimeout) act_on_time();
    flush();
    count_flood();
    if (share_.is_used_up(0)) co_await net::next_turn(client_.loop());
  }
  if (!is_lost_) client_.linger_at_end();
  arriving_.reset();
  session_.abandon(ErrorCode::kCancel);
  while (!running_.empty()) {
    [[maybe_unused]] const bool ended_all = co_await all_ended_.wait(base::kNever);
  }
}

net::Task<net::WaitStatus> Connection::wait_readable(base::Time deadline) {
  const net::WaitStatus waited = co_await client_.socket().readable(deadline);
  co_return waited;
}

// What comes in.

void Connection::read() {
  net::Buffer in = client_.loop().buffers().borrow(net::BufferPool::kMedium);
  while (true) {
    const net::IoResult got = client_.socket().read_some({in.data(), in.size()});
    if (got.status == net::IoStatus::kWouldBlock) return;
    if (got.status != net::IoStatus::kOk) {
      lose(ErrorCode::kCancel);
      return;
    }
    client_.note_received(got.bytes);
    receive({in.data(), got.bytes});
    const bool is_all = got.bytes < in.size();
    if (is_all || share_.is_used_up(got.bytes) || is_finished()) return;
    if (in.size() < net::BufferPool::kLarge) in = client_.loop().buffers().borrow(net::BufferPool::kLarge);
  }
}

void Connection::receive(std::string_view bytes) {
  session_.receive(bytes, client_.loop().now());
  if (session_.is_in_head() && session_.heads_begun() != head_seen_) {
    head_seen_ = session_.heads_begun();
    head_since_ = client_.loop().now();
  }
  start_streams();
}

void Connection::count_flood() {
  if (!session_.flood() || std::exchange(counted_flood_, true)) return;
  client_.counters().http2_floods[static_cast<std::size_t>(*session_.flood())].add();
}

wire::http2::Stream* Connection::open_stream() {
  if (arriving_ != nullptr) end_unheard(std::move(arriving_));
  arriving_ = std::make_unique<Client>(*this);
  return arriving_.get();
}

/// Of a request whose head was malformed nobody else will hear.
void Connection::end_unheard(std::unique_ptr<Client> stream) {
  Exchange& exchange = stream->exchange();
  exchange.begin(client_.listener(), client_.peer(), kVersion);
  exchange.note_refused("the request breaks the rules of HTTP/2");
}

void Connection::began(Client& client) {
  if (&client == arriving_.get()) ready_.push_back(std::move(arriving_));
}

/// A malformed head's stream ends when the RST_STREAM for it goes out.
void Connection::end_refused_head() {
  if (arriving_ != nullptr && !arriving_->is_open()) end_unheard(std::move(arriving_));
}

void Connection::start_streams() {
  end_refused_head();
  for (std::unique_ptr<Client>& each : ready_) {
    if (running_.empty()) client_.counters().connections_active.add(1);
    each->place_in_running = running_.size();
    running_.push_back(each.get());
    client_.note_running(running_.size());
    client_.count_request();
    client_.show(&each->exchange());
    streams_.spawn(serve_stream(std::move(each)));
  }
  ready_.clear();
}

net::Task<void> Connection::serve_stream(std::unique_ptr<Client> stream) {
  Client& client = *stream;
  Exchange& exchange = client.exchange();
  exchange.begin(client_.listener(), client_.peer(), kVersion);
  exchange.request().tls = client_.socket().tls();
  const std::optional<wire::http1::Refusal> unserved =
      reception::refusal_of(exchange.request().head, client.facts(), client_.settings());
  client.take_in();
  std::optional<bool> delivered;
  if (unserved) {
    delivered =
        co_await net::cancellable(client.canceller(), exchange.refuse(client, unserved->status, unserved->reason));
  } else if (!client.is_gone()) {
    if (exchange.try_run(client)) {
      delivered = exchange.was_delivered();
    } else {
      delivered = co_await net::cancellable(client.canceller(), exchange.run_rest(client));
    }
  }
  if (!delivered) {
    client.note_unfinished();
    exchange.abandon(client.is_spoilt() ? Ending::kRequestMalformed : Ending::kClientGone);
  }
  client.finish(delivered.value_or(false));
  end_of(client);
}

void Connection::end_of(Client& client) {
  running_[client.place_in_running] = running_.back();
  running_[client.place_in_running]->place_in_running = client.place_in_running;
  running_.pop_back();
  client_.note_running(running_.size());
  if (client_.shown() == &client.exchange()) client_.show(running_.empty() ? nullptr : &running_.front()->exchange());
  if (!running_.empty()) return;
  client_.counters().connections_active.add(-1);
  quiet_since_ = client_.loop().now();
  served_any_ = true;
  all_ended_.open();
  if (is_leaving_) flush_soon();
}

// What goes out.

void Connection::collect() {
  if (is_lost_) return;
  if (!outbox_memory_) {
    outbox_memory_ = client_.loop().buffers().borrow(net::BufferPool::kMedium);
    outbox_.lend({outbox_memory_.data(), outbox_memory_.size()});
  }
  session_.collect(outbox_);
  end_refused_head();
  flush_soon();
}

void Connection::flush() {
  flush_hook_.unlink();
  while (!is_lost_ && !is_blocked_) {
    collect();
    flush_hook_.unlink();
    if (outbox_.empty()) {
      outbox_memory_.release();
      break;
    }
    if (!write_outbox()) break;
    if (share_.is_used_up(0)) {
      flush_soon();
      break;
    }
  }
  if (is_finished()) wake_.cancel();
}

/// False: the kernel takes no more for now, or the client is gone.
bool Connection::write_outbox() {
  while (!outbox_.empty()) {
    const net::IoResult sent = client_.socket().write_some(outbox_.parts());
    if (sent.status == net::IoStatus::kFailed) {
      lose(ErrorCode::kCancel);
      return false;
    }
    if (sent.status == net::IoStatus::kWouldBlock) {
      is_blocked_ = true;
      if (!writer_.valid() || writer_.done()) {
        writer_ = write_rest();
        writer_.start();
      }
      return false;
    }
    client_.note_sent(sent.bytes);
    outbox_.drop(sent.bytes);
    share_.is_used_up(sent.bytes);
  }
  for (Client* each : referred_) each->sent_referred();
  referred_.clear();
  return true;
}

net::Task<void> Connection::write_rest() {
  while (is_blocked_ && !is_lost_) {
    const base::Time until = client_.loop().now() + client_.settings().timeouts.body;
    const net::WaitStatus waited = co_await client_.socket().writable(until);
    is_blocked_ = false;
    if (waited == net::WaitStatus::kTimeout) {
      lose(ErrorCode::kCancel);
      break;
    }
    flush();
  }
}

void Connection::note_referred(Client& client) {
  referred_.push_back(&client);
}

void Connection::keep_referred() {
  outbox_.keep();
  for (Client* each : referred_) each->sent_referred();
  referred_.clear();
}

/// The client is gone, or takes nothing any more.
void Connection::lose(ErrorCode why) {
  if (std::exchange(is_lost_, true)) return;
  if (arriving_ != nullptr && !session_.is_in_head()) end_unheard(std::move(arriving_));  // its RST_STREAM has not left
  session_.abandon(why);
  wake_.cancel();
}

// How it ends.

bool Connection::is_finished() const {
  return is_lost_ || (session_.is_over() && outbox_.empty());
}

base::Time Connection::deadline() const {
  const config::ListenerTimeouts& timeouts = client_.settings().timeouts;
  base::Time until = client_.loop().now() + timeouts.idle;  // it is looked again by then, whatever happens meanwhile
  if (running_.empty()) until = quiet_since_ + (served_any_ ? timeouts.idle : timeouts.header);
  if (session_.is_in_head()) until = std::min(until, head_since_ + timeouts.header);
  if (is_leaving_ && !has_left_) until = std::min(until, leave_at_);
  return until;
}

void Connection::act_on_time() {
  const base::Time now = client_.loop().now();
  const config::ListenerTimeouts& timeouts = client_.settings().timeouts;
  if (session_.is_in_head() && now >= head_since_ + timeouts.header) {
    session_.terminate(ErrorCode::kEnhanceYourCalm);
  } else if (is_leaving_ && !has_left_ && now >= leave_at_) {
    ping_answered();
  } else if (running_.empty() && now >= quiet_since_ + (served_any_ ? timeouts.idle : timeouts.header)) {
    session_.leave();
  }
}

/// Those that the client opened before it heard of the leave are served: first it is told to open no more, and when it
/// has answered, which number was the last.
void Connection::leave_now() {
  if (!client_.listener().draining || std::exchange(is_leaving_, true)) return;
  leave_at_ = client_.loop().now() + kLeaveNotice;
  session_.announce_leaving();
  session_.ping();
  flush_soon();
  wake_.cancel();
}

void Connection::ping_answered() {
  if (!is_leaving_ || std::exchange(has_left_, true)) return;
  session_.leave();
}

}  // namespace headgate::proxy::http::http2
