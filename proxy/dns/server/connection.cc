#include "proxy/dns/server/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/waiting.h"

namespace headgate::proxy::dns::server {
namespace {

constexpr std::size_t kLengthBytes = 2;
/// Room for the answers to one read: most are shorter than 100 bytes.
constexpr std::size_t kAnswersBytes = net::BufferPool::kMedium;
/// An answer is not tried in less.
constexpr std::size_t kLeastRoomBytes = 2048;
static_assert(kLeastRoomBytes >= kLengthBytes + Answerer::kRoomBytesMin);
static_assert(Connection::kQuestionBytesMax + kLengthBytes == net::BufferPool::kSmall);

std::size_t u16_at(const char* bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
}

/// TC: not all of it found room.
bool is_truncated(const char* message) {
  return (message[2] & 0x02) != 0;
}

}  // namespace

Connection::Connection(Service& service, base::LocalPtr<Door> door, int fd, base::IpAddress peer)
    : service_(service),
      door_(std::move(door)),
      client_(service.loop(), fd),
      peer_(peer),
      counted_client_(door_->listener->settings->limits.connections_per_client > 0),
      accepted_(service.loop().now()),
      last_answer_(accepted_),
      // What has come before is still read, and then its end.
      leaving_(
          service.loop().timers(), [](void* self) { static_cast<Connection*>(self)->client_.shutdown_read(); }, this) {
  service.connections().push_back(*this);
  counters().connections.add();
  counters().connections_open.add(1);
}

Connection::~Connection() {
  listener::ListenerCounters& own = counters();
  own.endings[static_cast<std::size_t>(ending_)].add();
  own.connections_open.add(-1);
  door_->listener->share->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (counted_client_) door_->listener->share->clients.leave(peer_);
}

net::Task<void> Connection::serve(Service& service, base::LocalPtr<Door> door, int fd, base::IpAddress peer) {
  Connection connection(service, std::move(door), fd, peer);
  connection.ending_ = co_await connection.run();
}

/// RFC 7766 section 6.2.3: a connection without queries is closed after a while, and one that begins a query and does
/// not end it sooner.
base::Time Connection::read_deadline() const {
  if (in_bytes_ != 0) return partial_since_ + timeouts().header;
  const base::Duration idle = timeouts().idle;
  return last_answer_ + (door_->listener->draining ? std::min(idle, kDrainIdle) : idle);
}

net::Task<Connection::Ending> Connection::run() {
  while (true) {
    phase_ = in_bytes_ == 0 ? message::Phase::kIdle : message::Phase::kHead;
    const net::WaitStatus waited = co_await client_.readable(read_deadline());
    if (waited == net::WaitStatus::kTimeout) co_return in_bytes_ == 0 ? Ending::kIdle : Ending::kQueryTimeout;
    if (!in_) in_ = service_.loop().buffers().borrow(net::BufferPool::kSmall);
    const net::IoResult got = client_.read_some({in_.data() + in_bytes_, in_.size() - in_bytes_});
    if (got.status == net::IoStatus::kFailed) co_return Ending::kClientReset;
    if (got.status == net::IoStatus::kEnd) co_return in_bytes_ == 0 ? Ending::kWell : Ending::kClientGone;
    if (got.status == net::IoStatus::kOk) {
      if (in_bytes_ == 0) partial_since_ = service_.loop().now();
      in_bytes_ += got.bytes;
      received_bytes_ += got.bytes;
      counters().bytes_received.add(got.bytes);
      phase_ = message::Phase::kAtWork;
      const Ending ending = co_await answer_all();
      if (ending != Ending::kWell) co_return ending;
    }
    if (in_bytes_ == 0) in_.release();
  }
}

net::Task<Connection::Ending> Connection::answer_all() {
  net::TurnShare share(service_.loop());
  while (true) {
    const Taken taken = answer_queries();
    if (out_bytes_ != 0) {
      const std::size_t bytes = out_bytes_;
      const Ending sent = co_await send_answers();
      if (sent != Ending::kWell) co_return sent;
      if (taken == Taken::kSome && share.is_used_up(bytes)) co_await net::next_turn(service_.loop());
    }
    if (taken == Taken::kBad) co_return Ending::kBadMessage;
    if (taken == Taken::kAll) co_return Ending::kWell;
  }
}

Connection::Taken Connection::answer_queries() {
  std::size_t at = 0;
  Taken taken = Taken::kAll;
  while (in_bytes_ - at >= kLengthBytes) {
    const std::size_t bytes = u16_at(in_.data() + at);
    if (bytes < wire::dns::kHeaderBytes || bytes > kQuestionBytesMax) {
      taken = Taken::kBad;
      break;
    }
    if (in_bytes_ - at < kLengthBytes + bytes) break;
    if (!answer_one({in_.data() + at + kLengthBytes, bytes})) {
      taken = Taken::kSome;
      break;
    }
    at += kLengthBytes + bytes;
  }
  if (at != 0) {
    std::memmove(in_.data(), in_.data() + at, in_bytes_ - at);
    in_bytes_ -= at;
    last_answer_ = partial_since_ = service_.loop().now();
  }
  return taken;
}

bool Connection::answer_one(std::string_view question) {
  if (!out_) out_ = service_.loop().buffers().borrow(kAnswersBytes);
  if (out_.size() - out_bytes_ < kLeastRoomBytes) return false;
  while (true) {
    const std::size_t room_bytes = std::min<std::size_t>(out_.size() - out_bytes_ - kLengthBytes, UINT16_MAX);
    char* const answer = out_.data() + out_bytes_ + kLengthBytes;
    const std::size_t bytes =
        door_->answerer->answer(question, peer_, Transport::kTcp, service_.now(), {answer, room_bytes});
    if (bytes != 0 && is_truncated(answer)) {
      // What is ahead of it goes first, and then it gets all the room that an answer can have.
      if (out_bytes_ != 0) return false;
      if (out_.size() < net::BufferPool::kLarge) {
        out_ = service_.loop().buffers().borrow(net::BufferPool::kLarge);
        continue;
      }
    }
    ++queries_;
    if (bytes == 0) return true;
    answer[-2] = static_cast<char>(bytes >> 8);
    answer[-1] = static_cast<char>(bytes);
    out_bytes_ += kLengthBytes + bytes;
    return true;
  }
}

net::Task<Connection::Ending> Connection::send_answers() {
  const iovec all{out_.data(), out_bytes_};
  const net::IoResult sent = client_.write_some({&all, 1});
  if (sent.status == net::IoStatus::kFailed) co_return Ending::kClientReset;
  const std::size_t taken = sent.status == net::IoStatus::kOk ? sent.bytes : 0;
  if (taken < out_bytes_) {
    phase_ = message::Phase::kAnswer;
    iovec rest{out_.data() + taken, out_bytes_ - taken};
    const std::span<iovec> parts(&rest, 1);
    const base::Result<void> written = co_await client_.write_all(parts, timeouts().body, base::Fault::kClient);
    phase_ = message::Phase::kAtWork;
    if (!written) {
      client_.reset_on_close();
      co_return written.error().kind == base::ErrorKind::kTimeout ? Ending::kStalled : Ending::kClientReset;
    }
  }
  sent_bytes_ += out_bytes_;
  counters().bytes_sent.add(out_bytes_);
  out_bytes_ = 0;
  out_.release();
  co_return Ending::kWell;
}

void Connection::leave_if_draining() {
  if (door_->listener->draining) leaving_.set(service_.loop().now() + kDrainIdle);
}

bool Connection::matches(const message::ConnectionQuery& query) const {
  if (!query.listener.empty() && query.listener != door_->listener->settings->name) return false;
  return !query.client || *query.client == peer_;
}

message::ConnectionRow Connection::row() const {
  message::ConnectionRow row;
  row.listener = door_->listener->settings->name;
  row.worker = service_.worker();
  row.client = row.peer = peer_;
  row.age = service_.loop().now() - accepted_;
  row.phase = phase_;
  row.requests = queries_;
  row.received_bytes = received_bytes_;
  row.sent_bytes = sent_bytes_;
  return row;
}

}  // namespace headgate::proxy::dns::server
