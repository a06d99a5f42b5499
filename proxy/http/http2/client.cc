#include "proxy/http/http2/client.h"

#include "proxy/http/exchange.h"
#include "proxy/http/http2/stream_tunnel.h"
#include "proxy/http/tunnel_relay.h"
#include "wire/http/status.h"
#include "wire/http1/hop_by_hop.h"

namespace headgate::proxy::http::http2 {
namespace {

using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;
using wire::http2::ErrorCode;

/// What HTTP/2 has no place for, or what is said anew.
constexpr std::uint64_t kLeftOut = wire::http1::kHopByHopFields | Fields::bit(FieldId::kContentLength);

}  // namespace

Client::Client(Connection& connection)
    : connection_(connection),
      loan_(connection.client().service()),
      input_(connection.client().loop()),
      output_(connection.client().loop()),
      canceller_(connection.client().loop()) {}

Client::~Client() {
  if (is_referred_) connection_.keep_referred();
}

wire::http2::Stream::Place Client::place() {
  Exchange& exchange = *loan_;
  return {&exchange.arena(), &exchange.request().head, nullptr, &trailers_};
}

void Client::head_came(const wire::http2::HeadFacts& facts) {
  facts_ = facts;
  has_head_ = true;
  input_ended_ = facts.ended;
  connection_.began(*this);
}

void Client::body_came(std::string_view bytes) {
  inbox_.add(bytes, connection_.client().loop().buffers());
  input_.open();
}

void Client::body_ended() {
  input_ended_ = true;
  input_.open();
}

void Client::end_sent() {
  output_.open();
}

void Client::closed(ErrorCode why, bool by_peer) {
  closed_why_ = why;
  const bool is_well = why == ErrorCode::kNoError && !by_peer && input_ended_ && has_sent_end();
  if (is_well) return;
  is_gone_ = true;
  input_.open();
  output_.open();
  if (is_watching_) canceller_.cancel();
}

base::Error Client::gone() const {
  if (closed_why_ == ErrorCode::kProtocolError) {
    return {base::ErrorKind::kMalformed, base::Fault::kClient, "the request's body breaks the rules of HTTP/2"};
  }
  return {base::ErrorKind::kReset, base::Fault::kClient, "the client reset the stream"};
}

void Client::take_in() {
  message::Request& request = (*loan_).request();
  if (!facts_.protocol.empty()) {
    request.wants_upgrade = true;
    request.upgrade = facts_.protocol;
  } else if (input_ended_ && trailers_.empty()) {
    // What is complete already has a length, whatever was said of it.
    if (inbox_.empty()) {
      const Method method = request.head.method;
      const bool expects_one = method == Method::kPost || method == Method::kPut || method == Method::kPatch;
      if (facts_.content_length || expects_one) request.body_length = 0;
    } else {
      request.body = this;
      request.body_length = inbox_.bytes();
    }
  } else {
    request.body = this;
    request.body_length = facts_.content_length;
    request.expects_continue = facts_.expects_continue;
  }
  wire::http1::remove_hop_by_hop(request.head.fields);
}

void Client::cancel_when_gone(bool on) {
  is_watching_ = on;
  if (on && is_gone_) canceller_.cancel();
}

std::string_view Client::take_ready() {
  if (over_limit_) return {};
  // Whoever always finds more would never come to wait(), where the window is opened again.
  if (inbox_.taken() >= connection_.client().settings().http2.stream_window / 2) return {};
  const std::string_view piece = inbox_.take();
  // What exceeds the limit is not handed on: the body then never ends well, and wait() says why.
  over_limit_ = body_bytes_ + piece.size() > connection_.client().settings().limits.body_bytes;
  if (over_limit_) return {};
  body_bytes_ += piece.size();
  return piece;
}

void Client::settle_taken() {
  const std::size_t settled = inbox_.settle();
  if (settled == 0) return;
  connection_.session().consume(*this, settled);
  if (connection_.session().has_output()) connection_.flush_soon();
}

net::Task<base::Result<void>> Client::wait() {
  if (over_limit_) {
    co_return base::Error{base::ErrorKind::kTooLarge, base::Fault::kClient,
                          "the body is larger than the listener takes"};
  }
  settle_taken();
  while (inbox_.empty() && !input_ended_) {
    if (is_gone_) co_return gone();
    const bool came = co_await input_.wait(connection_.client().loop().now() + stall());
    if (!came) {
      co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "no more bytes of a body came in time"};
    }
  }
  co_return base::Result<void>();
}

origin::ClientEnds Client::ends() const {
  return connection_.client().ends();
}

net::Task<base::Result<void>> Client::send_interim(const wire::http::ResponseHead& head) {
  connection_.session().respond_interim(*this, head.status, head.fields, kLeftOut);
  connection_.flush_soon();
  co_return base::Result<void>();
}

wire::http2::Stream::Outgoing Client::next_piece(std::size_t max) {
  if (rest_.empty() && source_ != nullptr) rest_ = source_->take_ready();
  const std::string_view piece = rest_.substr(0, max);
  rest_.remove_prefix(piece.size());
  const bool is_last = ends_ && rest_.empty() && (source_ == nullptr || source_->at_end());
  if (piece.empty() && !is_last) {
    is_starved_ = true;
    output_.open();
    return {};
  }
  sent_bytes_ += piece.size();
  if (piece.size() > wire::http2::Outbox::kCopiedMax && !is_referred_) {
    is_referred_ = true;
    connection_.note_referred(*this);
  }
  return {piece, is_last};
}

const wire::http::Fields* Client::outgoing_trailers() {
  return source_ == nullptr ? nullptr : source_->trailers();
}

void Client::sent_referred() {
  is_referred_ = false;
  output_.open();
}

void Client::respond(const message::Response& response, bool has_body) {
  const std::uint16_t status = response.head.status;
  std::optional<std::uint64_t> length;
  if (response.tunnel) {
    connection_.session().respond(*this, 200, response.head.fields, kLeftOut, length, true);
    return;
  }
  const bool is_bodiless =
      (*loan_).request().head.method == Method::kHead || wire::http::is_bodiless(response.head.status);
  if (!is_bodiless) {
    length = response.body ? response.body_length : response.text.size();
  } else if (status != 204) {
    length = response.stated_length ? response.stated_length : response.body_length;
    if (!length && response.body == nullptr && !response.text.empty()) length = response.text.size();
  }
  connection_.session().respond(*this, status, response.head.fields, kLeftOut, length, has_body);
}

base::Result<ClientSide::Sent> Client::try_send(message::Response& response, message::Record& record) {
  record_ = &record;
  record.request_body_bytes = body_bytes_;
  if (is_gone_) return gone();
  record.status = response.tunnel ? 200 : response.head.status;
  if (response.tunnel) {
    // What HTTP/1 proves by it, HTTP/2 has no use for (RFC 8441 section 5).
    response.head.fields.remove("Sec-WebSocket-Accept");
    ends_ = false;
    respond(response, true);
    connection_.flush_soon();
    return Sent::kMustWait;
  }
  const bool is_bodiless =
      (*loan_).request().head.method == Method::kHead || wire::http::is_bodiless(response.head.status);
  if (!is_bodiless) {
    source_ = response.body.get();
    if (source_ == nullptr) rest_ = response.text;
  }
  const bool is_at_end = source_ != nullptr && source_->at_end() && source_->trailers() == nullptr;
  const bool has_body = source_ != nullptr ? !is_at_end : !rest_.empty();
  respond(response, has_body);
  if (is_bodiless) response.body.reset();
  connection_.collect();
  if (!is_sent()) return Sent::kMustWait;
  note_sent(record);
  return Sent::kWhole;
}

net::Task<base::Result<void>> Client::send_rest(message::Response& response, message::Record& record) {
  if (response.tunnel) co_return co_await run_tunnel(response, record);
  cancel_when_gone(true);
  base::Result<void> sent = co_await send_body();
  cancel_when_gone(false);
  note_sent(record);
  co_return sent;
}

net::Task<base::Result<void>> Client::send_body() {
  while (!is_sent()) {
    if (is_gone_) co_return gone();
    if (is_starved_ && !is_referred_ && source_ != nullptr) {
      is_starved_ = false;
      base::Result<void> waited = co_await source_->wait();
      if (!waited) co_return waited;
      connection_.session().resume(*this);
      connection_.collect();
      continue;
    }
    base::Result<void> moved = co_await wait_for_output();
    if (!moved) co_return moved;
  }
  co_return base::Result<void>();
}

/// Until the connection has taken something, or asks for more.
net::Task<base::Result<void>> Client::wait_for_output() {
  const std::uint64_t before = sent_bytes_;
  const bool moved = co_await output_.wait(connection_.client().loop().now() + stall());
  // With room in its windows it is others that go first; a connection that takes nothing at all is cut as a whole.
  const bool may_go_on = moved || sent_bytes_ != before || connection_.session().has_window(*this);
  if (may_go_on || is_gone_) co_return base::Result<void>();
  co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the client took nothing for too long"};
}

net::Task<base::Result<void>> Client::run_tunnel(message::Response& response, message::Record& record) {
  StreamTunnel end(*this);
  TunnelRelay relay(connection_.client().loop(), end, *response.tunnel, connection_.client().settings().timeouts.idle);
  base::Result<void> relayed = co_await relay.run();
  record.request_body_bytes = relay.bytes_up();
  record.response_body_bytes = relay.bytes_down();
  co_return relayed;
}

void Client::note_sent(message::Record& record) {
  record.request_body_bytes = body_bytes_;
  record.response_body_bytes = sent_bytes_;
}

void Client::note_unfinished() {
  if (record_ != nullptr) note_sent(*record_);
}

void Client::finish(bool delivered) {
  if (!is_open()) return;
  ErrorCode why = ErrorCode::kInternalError;
  if (delivered) why = ErrorCode::kNoError;  // RFC 9113 section 8.1: the rest of the request is not wanted
  if (!delivered && !facts_.protocol.empty() && record_ != nullptr) why = ErrorCode::kConnectError;
  connection_.session().reset(*this, why);
  connection_.flush_soon();
}

}  // namespace headgate::proxy::http::http2
