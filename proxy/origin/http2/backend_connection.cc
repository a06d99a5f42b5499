#include "proxy/origin/http2/backend_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::origin::http2 {
namespace {

using wire::http2::ErrorCode;

/// What an answer's head may take, as over HTTP/1.
constexpr wire::http2::HeadLimits kAnswerLimits{64 * 1024, 100};

wire::http2::Settings settings() {
  wire::http2::Settings out;
  out.stream_window = BackendConnection::kStreamWindow;
  // Room for the window of every stream: one whose client is slow must not keep the others waiting.
  out.connection_window = BackendConnection::kStreamsMax * BackendConnection::kStreamWindow;
  out.head = kAnswerLimits;
  return out;
}

}  // namespace

BackendConnection::BackendConnection(balance::ConnectionSlot slot, std::shared_ptr<balance::Backend> backend,
                                     std::shared_ptr<net::tls::KnownServer> server, net::Loop& loop, std::size_t worker)
    : SharedConnection(std::move(slot), loop),
      loop_(loop),
      backend_(std::move(backend)),
      server_(std::move(server)),
      worker_(worker),
      counters_(backend_->counters(worker)),
      session_(wire::http2::Role::kClient, settings(), *this),
      share_(loop),
      flush_([](void* self) { static_cast<BackendConnection*>(self)->on_flush(); }, this),
      ping_timer_(
          loop.timers(),
          [](void* self) {
            auto& connection = *static_cast<BackendConnection*>(self);
            connection.running_.cancel();
            connection.end({base::ErrorKind::kTimeout, base::Fault::kUpstream, "it gave no sign of life"});
          },
          this) {}

BackendConnection::~BackendConnection() = default;

void BackendConnection::start(base::Time deadline) {
  running_ = run(deadline);
  running_.start();
}

std::uint32_t BackendConnection::requests_max() const {
  if (failure_ || !session_.can_request()) return 0;
  std::uint32_t most = std::min(kStreamsMax, session_.peer_streams_max());
  if (refused_at_ != 0 && loop_.now() < refused_until_) most = std::min(most, refused_at_);
  return most;
}

void BackendConnection::note_refusal() {
  refused_at_ = std::max<std::uint32_t>(1, requests() - 1);
  refused_until_ = loop_.now() + kRefusalMemory;
}

void BackendConnection::request(RequestStream& stream, const wire::http::RequestHead& head, std::uint64_t left_out,
                                const wire::http2::Session::RequestExtras& extras) {
  session_.request(stream, head, left_out, extras);
  if (stands() && loop_.now() - heard_ > kQuietMax) ping();
  flush_soon();
}

void BackendConnection::doubt(base::Time since) {
  if (stands() && !failure_ && heard_ < since) ping();
}

void BackendConnection::ping() {
  if (ping_timer_.is_set() || failure_) return;
  session_.ping();
  ping_timer_.set(loop_.now() + kPingPatience);
  flush_soon();
}

void BackendConnection::resume(RequestStream& stream) {
  if (!stream.is_open()) return;
  session_.resume(stream);
  flush_soon();
}

void BackendConnection::consumed(RequestStream& stream, std::size_t bytes) {
  if (!stream.is_open()) return;
  session_.consume(stream, bytes);
  flush_soon();
}

void BackendConnection::reset(RequestStream& stream, ErrorCode why) {
  if (!stream.is_open()) return;
  session_.reset(stream, why);
  flush_soon();
}

void BackendConnection::leave(RequestStream& stream) {
  std::erase(waiting_, &stream);
  if (std::erase(flushing_, &stream) != 0 && outbox_.refers()) spill();
  if (stream.is_open()) flush_soon();  // it will be reset
}

void BackendConnection::spill() {
  std::size_t left = outbox_.bytes();
  const std::size_t before = spilt_end_ - spilt_begin_;
  net::Buffer memory = loop_.buffers().borrow(before + left);
  if (before != 0) std::memcpy(memory.data(), spilt_.data() + spilt_begin_, before);
  spilt_begin_ = 0;
  spilt_end_ = before;
  for (const iovec& part : outbox_.parts()) {
    std::memcpy(memory.data() + spilt_end_, part.iov_base, part.iov_len);
    spilt_end_ += part.iov_len;
  }
  spilt_ = std::move(memory);
  outbox_.drop(left);
}

bool BackendConnection::write_some() {
  const iovec first{spilt_.data() + spilt_begin_, spilt_end_ - spilt_begin_};
  const net::IoResult sent =
      first.iov_len != 0 ? socket_->write_some({&first, 1}) : socket_->write_some(outbox_.parts());
  if (sent.status == net::IoStatus::kOk) {
    counters_.bytes_sent.add(sent.bytes);
    if (first.iov_len == 0) {
      outbox_.drop(sent.bytes);
    } else {
      spilt_begin_ += sent.bytes;
      if (spilt_begin_ == spilt_end_) spilt_.release();
    }
    return true;
  }
  if (sent.status == net::IoStatus::kWouldBlock) {
    write_blocked_ = true;
    writing_ = write_when_possible();
    writing_.start();
  }
  return false;  // broken: who reads will be told
}

void BackendConnection::flush() {
  if (!stands() || write_blocked_ || failure_) return;
  if (receives_) return flush_soon();
  while (true) {
    if (outbox_.empty() && spilt_begin_ == spilt_end_) {
      for (RequestStream* stream : flushing_) stream->flushed();
      flushing_.clear();
      if (!session_.has_output()) break;
      if (!outbox_memory_) outbox_memory_ = loop_.buffers().borrow(net::BufferPool::kMedium);
      outbox_.lend({outbox_memory_.data(), outbox_memory_.size()});
      session_.collect(outbox_);
      if (outbox_.empty()) break;
    }
    if (!write_some()) return;
  }
  outbox_memory_.release();
}

/// A breach of the protocol is known when the last word about it has gone out.
void BackendConnection::on_flush() {
  flush();
  if (failure_ || !session_.is_over()) return;
  running_.cancel();
  end(broken_by());
}

net::Task<void> BackendConnection::write_when_possible() {
  [[maybe_unused]] const net::WaitStatus waited = co_await socket_->writable(base::kNever);
  write_blocked_ = false;
  flush_soon();
}

net::Task<void> BackendConnection::run(base::Time deadline) {
  base::Result<std::unique_ptr<net::Socket>> socket =
      co_await balance::open_socket(loop_, backend_, server_, std::string(), worker_, deadline);
  if (!socket) {
    end(socket.error());
    co_return;
  }
  socket_ = std::move(*socket);
  heard_ = loop_.now();
  tell_changes();
  flush();
  const base::Error why = co_await read_to_end();
  end(why);
}

net::Task<base::Error> BackendConnection::read_to_end() {
  bool filled_last = false;
  net::Buffer buffer;
  while (true) {
    if (!buffer) {
      buffer = loop_.buffers().borrow(filled_last ? net::BufferPool::kLarge : net::BufferPool::kMedium);
    }
    const net::IoResult got = socket_->read_some({buffer.data(), buffer.size()});
    if (got.status == net::IoStatus::kWouldBlock) {
      buffer.release();
      [[maybe_unused]] const net::WaitStatus waited = co_await socket_->readable(base::kNever);
      continue;
    }
    if (got.status == net::IoStatus::kEnd) {
      co_return base::Error{base::ErrorKind::kEof, base::Fault::kUpstream, "it closed the connection"};
    }
    if (got.status == net::IoStatus::kFailed) {
      co_return base::system_error(got.error, "the connection broke", base::Fault::kUpstream);
    }
    heard_ = loop_.now();
    ping_timer_.clear();
    counters_.bytes_received.add(got.bytes);
    receives_ = true;
    const bool goes_on = session_.receive({buffer.data(), got.bytes}, heard_);
    receives_ = false;
    if (!waiting_.empty()) tell_changes();
    if (!goes_on) {
      flush();
      co_return broken_by();
    }
    flush_soon();
    if (got.bytes == buffer.size() && !filled_last) buffer.release();
    filled_last = got.bytes == buffer.size() || !buffer;
    if (share_.is_used_up(got.bytes)) co_await net::next_turn(loop_);
  }
}

base::Error BackendConnection::broken_by() const {
  if (session_.flood()) {
    return {base::ErrorKind::kMalformed, base::Fault::kUpstream,
            std::string(wire::http2::facts_of(*session_.flood()).sentence)};
  }
  if (session_.error() != ErrorCode::kNoError) {
    return {base::ErrorKind::kMalformed, base::Fault::kUpstream,
            fmt::format("it broke the rules of HTTP/2 ({})", wire::http2::to_string(session_.error()))};
  }
  return {base::ErrorKind::kEof, base::Fault::kUpstream, "it ended the connection"};
}

void BackendConnection::tell_changes() {
  for (RequestStream* stream : std::exchange(waiting_, {})) stream->connection_changed();
}

void BackendConnection::peer_leaves(ErrorCode) {
  retire();
}

void BackendConnection::end(base::Error why) {
  failure_ = std::move(why);
  ping_timer_.clear();
  writing_.cancel();
  session_.abandon(ErrorCode::kCancel);
  tell_changes();
  retire();
}

void BackendConnection::say_goodbye() {
  if (!stands() || failure_) return;
  session_.terminate(ErrorCode::kNoError);
  flush();
}

}  // namespace headgate::proxy::origin::http2
