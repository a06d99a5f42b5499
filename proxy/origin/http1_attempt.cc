#include "proxy/origin/http1_attempt.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/random.h"
#include "net/tls/facts.h"
#include "proxy/origin/upgraded_connection.h"
#include "proxy/origin/upstream_request.h"
#include "wire/http1/hop_by_hop.h"
#include "wire/websocket/handshake.h"

namespace headgate::proxy::origin {
namespace {

/// What an answer's head may take. A backend that sends more is misbehaving, whatever the clients are allowed.
constexpr wire::http1::HeadLimits kAnswerLimits{64 * 1024, 100};

/// From here on moving a body through a pipe costs less than copying it.
constexpr std::uint64_t kRawBytesMin = 64 * 1024;

/// The header that says whom this request is from: its client, after trusted proxies are believed. Only the port of a
/// client that is connected here is known.
std::string announcement_for(const Call& call, const balance::Lease& lease) {
  const ClientEnds ends = call.client.ends();
  const base::IpAddress& client = call.request.client;
  const bool is_peer = !ends.peer.is_unix() && ends.peer.address() == client;
  return lease.announcement_of({.source = base::Endpoint(client, is_peer ? ends.peer.port() : std::uint16_t{0}),
                                .destination = ends.local,
                                .authority = std::string(ends.asked_for)});
}

}  // namespace

Http1Attempt::~Http1Attempt() {
  // An answer that nobody wants to the end: closing says so to the backend (it is not a failure of the backend).
  call_.record.request_body_bytes = std::max(call_.record.request_body_bytes, upload_ ? upload_->bytes() : 0);
}

net::Task<base::Result<void>> Http1Attempt::run(message::Response& response, base::Duration connect_timeout,
                                                bool fresh) {
  std::string announcement;
  if (lease_.wants_announcement()) [[unlikely]]
    announcement = announcement_for(call_, lease_);
  if (!fresh) connection_ = lease_.take_idle(announcement);
  const bool reused = connection_ != nullptr;
  if (!reused) {
    base::Result<void> opened = co_await open_connection(connect_timeout, std::move(announcement));
    if (!opened) co_return opened;
  }
  note_connected(reused, reused);

  const base::Result<std::string_view> rest = try_send_head();
  if (!rest) co_return rest.error();
  if (!rest->empty()) {
    call_.record.phase = message::Phase::kRequest;
    base::Result<void> sent = co_await send_rest_of_head(*rest);
    if (!sent) co_return sent;
  }
  start_upload();

  call_.client.cancel_when_gone(true);
  call_.record.phase = message::Phase::kBackend;
  Parsed parsed = Parsed::kNeedsMore;
  while (parsed != Parsed::kFinal) {
    if (parsed == Parsed::kNeedsMore || unread().empty()) {
      const base::Time from = call_.loop.now();
      const net::WaitStatus waited = co_await connection_->socket().readable(answer_deadline());
      if (waited == net::WaitStatus::kTimeout) {
        if (may_wait_longer(from)) continue;
        co_return failed(Failure::kTimeout, base::ErrorKind::kTimeout, "no answer in time");
      }
      if (came_unasked()) {
        co_return failed(Failure::kCut, base::ErrorKind::kMalformed, "it sent something before it was asked");
      }
      const base::Result<void> taken = take_bytes();
      if (!taken) co_return taken;
    }
    const base::Result<Parsed> step = parse_head(response);
    if (!step) co_return step.error();
    parsed = *step;
    if (parsed == Parsed::kInterim) {
      base::Result<void> forwarded = co_await forward_interim(response);
      if (!forwarded) co_return forwarded;
    }
  }
  call_.client.cancel_when_gone(false);
  co_return accept_head(response);
}

net::Task<base::Result<void>> Http1Attempt::open_connection(base::Duration connect_timeout, std::string announcement) {
  const base::Time deadline = std::min(call_.deadline, call_.loop.now() + connect_timeout);
  call_.record.phase = message::Phase::kConnect;
  base::Result<std::unique_ptr<balance::Connection>> opened =
      co_await lease_.connect(deadline, std::move(announcement));
  if (!opened) {
    failure_ = Failure::kConnect;
    co_return opened.error();
  }
  connection_ = std::move(*opened);
  co_return base::Result<void>();
}

base::Result<std::string_view> Http1Attempt::try_send_head() {
  net::Socket& socket = connection_->socket();
  buffer_ = call_.loop.buffers().borrow(net::BufferPool::kSmall);
  if (call_.request.wants_upgrade) [[unlikely]]
    add_websocket_key();
  const std::string_view head =
      write_upstream_head(call_.request, call_.record.backend_address, call_.loop.buffers(), buffer_);
  if (!websocket_key_.empty()) [[unlikely]]
    call_.request.head.fields.remove(wire::websocket::kKeyField);  // it is this hop's
  counters_.bytes_sent.add(head.size());
  const iovec part{const_cast<char*>(head.data()), head.size()};
  const net::IoResult tried = socket.write_some({&part, 1});
  if (tried.status == net::IoStatus::kFailed) {
    return failed(Failure::kCut, base::ErrorKind::kReset, "it closed the connection when the request was sent");
  }
  sent_ = call_.loop.now();
  sent_turn_ = call_.loop.turn();
  filled_ = parsed_ = scanned_ = 0;
  return head.substr(tried.status == net::IoStatus::kOk ? tried.bytes : 0);
}

/// A client that came over HTTP/2 has no key (RFC 8441 section 5); over HTTP/1.1 there is none without.
void Http1Attempt::add_websocket_key() {
  message::Request& request = call_.request;
  const bool is_needed =
      wire::websocket::is_websocket(request.upgrade) && request.head.fields.find(wire::websocket::kKeyField) == nullptr;
  if (!is_needed) return;
  base::Random random(base::entropy_seed());
  const std::array<std::uint64_t, 2> nonce = {random.next(), random.next()};
  std::array<std::uint8_t, wire::websocket::kNonceBytes> bytes;
  std::memcpy(bytes.data(), nonce.data(), bytes.size());
  websocket_key_ = call_.arena.copy(wire::websocket::key_of(bytes));
  request.head.fields.add(wire::websocket::kKeyField, websocket_key_);
}

net::Task<base::Result<void>> Http1Attempt::send_rest_of_head(std::string_view rest) {
  std::array<iovec, 1> parts{iovec{const_cast<char*>(rest.data()), rest.size()}};
  base::Result<void> sent =
      co_await connection_->socket().write_all(parts, call_.timeouts.response, base::Fault::kUpstream);
  if (!sent) co_return failed(Failure::kCut, sent.error().kind, "it did not take the request's head");
  sent_ = call_.loop.now();
  co_return sent;
}

void Http1Attempt::start_upload() {
  message::Request& request = call_.request;
  const UploadFraming framing = upload_framing_of(request);
  if (request.body == nullptr || (request.body->at_end() && framing == UploadFraming::kLength)) return;
  body_touched_ = true;
  upload_.emplace(connection_->socket(), *request.body, framing == UploadFraming::kChunked, call_.timeouts.response);
  upload_->start();
}

base::Error Http1Attempt::failed_read(const net::IoResult& result) {
  if (upload_ && upload_->failure() && upload_->failure()->fault == base::Fault::kClient) {
    failure_ = Failure::kClient;
    return *upload_->failure();
  }
  if (filled_ > 0) {
    return failed(Failure::kGarbage, base::ErrorKind::kMalformed, "it closed the connection in the middle of a head");
  }
  if (result.status == net::IoStatus::kEnd) {
    return failed(Failure::kCut, base::ErrorKind::kEof, "it closed the connection without an answer");
  }
  const net::tls::Facts* tls = connection_->socket().tls();
  if (tls != nullptr && !tls->trouble().empty()) {
    return failed(Failure::kCut, base::ErrorKind::kReset, tls->trouble());
  }
  const base::Error why = base::system_error(result.error, "no answer", base::Fault::kUpstream);
  return failed(Failure::kCut, why.kind, why.message);
}

/// The wait for an answer begins when the request is sent; an upload that goes on keeps it away.
base::Time Http1Attempt::answer_deadline() const {
  base::Time from = sent_;
  if (upload_) from = upload_->running() ? call_.loop.now() : std::max(sent_, upload_->ended());
  return std::min(call_.deadline, from + call_.timeouts.response);
}

bool Http1Attempt::may_wait_longer(base::Time waited_from) const {
  if (call_.loop.now() >= call_.deadline || !upload_) return false;
  return upload_->running() || upload_->ended() > waited_from;
}

/// A kept connection was silent as far as was known, and had something to read all the same: what comes in the turn of
/// sending was there before. It is the rest of another exchange, never this one's answer.
bool Http1Attempt::came_unasked() const {
  return was_idle_ && filled_ == 0 && call_.loop.turn() == sent_turn_;
}

base::Result<void> Http1Attempt::take_bytes() {
  if (filled_ == buffer_.size()) {
    net::Buffer larger = call_.loop.buffers().borrow(buffer_.size() * 4);
    std::copy_n(buffer_.data(), filled_, larger.data());
    buffer_ = std::move(larger);
  }
  const net::IoResult got = connection_->socket().read_some({buffer_.data() + filled_, buffer_.size() - filled_});
  switch (got.status) {
    case net::IoStatus::kOk:
      filled_ += got.bytes;
      counters_.bytes_received.add(got.bytes);
      return {};
    case net::IoStatus::kWouldBlock:
      return {};
    case net::IoStatus::kEnd:
    case net::IoStatus::kFailed:
      return failed_read(got);
  }
  return {};
}

base::Result<Http1Attempt::Parsed> Http1Attempt::parse_head(message::Response& response) {
  response.head.clear();
  wire::http1::Refusal refusal;
  const wire::http1::ParseState state = wire::http1::parse_response_head(
      unread(), kAnswerLimits, scanned_, call_.request.head.method, response.head, hop_, refusal);
  if (state == wire::http1::ParseState::kRefused) {
    return failed(Failure::kGarbage, base::ErrorKind::kMalformed, refusal.reason);
  }
  if (state == wire::http1::ParseState::kNeedMore) return Parsed::kNeedsMore;
  parsed_ += hop_.head_bytes;
  scanned_ = 0;
  if (response.head.status >= 200 || response.head.status == 101) return Parsed::kFinal;
  const base::Result<void> counted = note_interim();
  if (!counted) return counted.error();
  return Parsed::kInterim;
}

net::Task<base::Result<void>> Http1Attempt::forward_interim(message::Response& response) {
  wire::http1::remove_hop_by_hop(response.head.fields);
  base::Result<void> forwarded = co_await call_.client.send_interim(response.head);
  co_return forwarded;
}

base::Result<void> Http1Attempt::accept_head(message::Response& response) {
  const std::uint16_t status = response.head.status;
  note_head(response.head);
  if (status == 101) {
    if (!call_.request.wants_upgrade || !hop_.upgrade) {
      return failed(Failure::kGarbage, base::ErrorKind::kMalformed, "it upgraded a connection that was not asked to");
    }
    if (!websocket_key_.empty()) {
      const wire::http::Field* const accept = response.head.fields.find(wire::websocket::kAcceptField);
      if (accept == nullptr || accept->value != wire::websocket::accept_of(websocket_key_)) {
        return failed(Failure::kGarbage, base::ErrorKind::kMalformed,
                      "its Sec-WebSocket-Accept is not that of the key");
      }
      response.head.fields.remove(wire::websocket::kAcceptField);
    }
    connection_->socket().set_hangup_watch(nullptr);
    response.tunnel = std::make_unique<UpgradedConnection>(std::move(lease_), std::move(connection_),
                                                           std::move(buffer_), parsed_, filled_);
    return {};
  }
  wire::http1::remove_hop_by_hop(response.head.fields);
  body_.begin(hop_, unread(), base::Fault::kUpstream);
  const bool has_length = hop_.framing == wire::http1::Framing::kLength;
  if (has_length) response.body_length = hop_.content_length;
  if (!has_length && hop_.has_content_length) response.stated_length = hop_.content_length;
  if (body_.at_end()) {
    if (has_length) response.stated_length = 0;
    finish();
  }
  return {};
}

std::string_view Http1Attempt::take_ready() {
  const std::string_view piece = body_.take_ready();
  if (body_.at_end() && connection_) finish();
  return piece;
}

message::BodySource::Raw Http1Attempt::raw() {
  const bool is_worth_it = body_.left() >= kRawBytesMin && body_.excess().empty();
  if (!is_worth_it || !connection_ || !connection_->socket().can_splice()) return {};
  return {&connection_->socket(), body_.left(), call_.timeouts.response, call_.deadline};
}

void Http1Attempt::raw_taken(std::uint64_t bytes) {
  body_.skip(bytes);
  counters_.bytes_received.add(bytes);
  if (body_.at_end()) finish();
}

net::Task<base::Result<void>> Http1Attempt::wait() {
  const std::uint64_t before = body_.bytes_read();
  base::Result<void> waited = co_await body_.wait(connection_->socket(), call_.timeouts.response, call_.deadline);
  counters_.bytes_received.add(body_.bytes_read() - before);
  if (!waited) co_return raw_failed(waited.error());
  if (body_.at_end() && connection_) finish();
  co_return waited;
}

base::Error Http1Attempt::raw_failed(base::Error why) {
  // The upload has cut the connection since the client broke off: that says nothing against the backend.
  const bool is_clients = upload_ && upload_->failure() && upload_->failure()->fault == base::Fault::kClient;
  if (is_clients) return *upload_->failure();
  return broken_off(std::move(why));
}

void Http1Attempt::finish() {
  const bool upload_done = !upload_ || upload_->complete();
  const bool reusable =
      hop_.keep_alive && hop_.framing != wire::http1::Framing::kUntilClose && upload_done && body_.excess().empty();
  if (!upload_done) return;  // the backend may still be reading; the connection closes with this attempt
  if (reusable) {
    lease_.keep(std::move(connection_));
  } else {
    connection_.reset();
  }
  lease_.release();
}

}  // namespace headgate::proxy::origin
