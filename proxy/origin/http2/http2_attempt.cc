#include "proxy/origin/http2/http2_attempt.h"

#include <algorithm>
#include <string>
#include <utility>

#include "proxy/origin/http2/stream_tunnel.h"
#include "wire/grpc/status.h"
#include "wire/grpc/timeout.h"
#include "wire/http1/hop_by_hop.h"
#include "wire/websocket/handshake.h"

namespace headgate::proxy::origin::http2 {
namespace {

using wire::http::FieldId;
using wire::http::Fields;
using wire::http2::ErrorCode;

/// Said anew by HTTP/2's own means, or meant for the hop before.
constexpr std::uint64_t kLeftOut =
    wire::http1::kHopByHopFields | Fields::bit(FieldId::kHost) | Fields::bit(FieldId::kContentLength);

/// Another protocol than WebSocket cannot be asked for over HTTP/2: such a request goes without its wish to upgrade, as
/// every server may answer it (RFC 9110 section 7.8).
bool wants_tunnel(const message::Request& request) {
  return request.wants_upgrade && wire::websocket::is_websocket(request.upgrade);
}

bool has_upload(const message::Request& request) {
  return request.body != nullptr && !(request.body->at_end() && request.body_length);
}

}  // namespace

Http2Attempt::~Http2Attempt() {
  call_.record.request_body_bytes = std::max(call_.record.request_body_bytes, upload_ ? upload_->bytes() : 0);
  leave_connection();
}

void Http2Attempt::leave_connection() {
  upload_.reset();
  stream_.reset();
  if (connection_ != nullptr) lease_.give_back(*std::exchange(connection_, nullptr));
}

net::Task<base::Result<void>> Http2Attempt::run(message::Response& response, base::Duration connect_timeout, bool) {
  const base::Time deadline = std::min(call_.deadline, call_.loop.now() + connect_timeout);
  const base::Result<void> joined = join_connection(deadline);
  if (!joined) co_return joined;
  stream_ = std::make_unique<RequestStream>(*connection_, call_.loop, call_.arena, response.head);
  const bool for_tunnel = wants_tunnel(call_.request);
  if (!for_tunnel) begin_request();
  if (!connection_->stands() || for_tunnel) {
    call_.record.phase = message::Phase::kConnect;
    base::Result<void> stands = co_await wait_until_it_stands(deadline, for_tunnel);
    if (!stands) co_return stands;
  }
  if (for_tunnel) begin_tunnel();
  note_connected(connection_->uses() > 1, was_alone_);
  sent_ = call_.loop.now();
  start_upload();

  call_.client.cancel_when_gone(true);
  call_.record.phase = message::Phase::kBackend;
  base::Result<void> answered = co_await wait_for_head();
  call_.client.cancel_when_gone(false);
  if (!answered) co_return answered;
  if (for_tunnel && response.head.status < 300) {
    accept_tunnel(response);
  } else {
    accept_head(response);
  }
  co_return answered;
}

/// The connection of the request: one that is there, or a new one that begins to connect.
base::Result<void> Http2Attempt::join_connection(base::Time deadline) {
  balance::SharedConnection* found = lease_.take_shared();
  if (found == nullptr) {
    base::Result<balance::ConnectionSlot> slot = lease_.take_slot();
    if (!slot) {
      failure_ = Failure::kConnect;
      return slot.error();
    }
    auto opened = std::make_unique<BackendConnection>(std::move(*slot), lease_.shared_backend(), lease_.server(),
                                                      call_.loop, worker_);
    BackendConnection& fresh = *opened;
    lease_.share(std::move(opened));
    found = lease_.take_shared();
    fresh.start(deadline);
  }
  connection_ = static_cast<BackendConnection*>(found);
  was_alone_ = connection_->uses() > 1 && connection_->requests() == 1;
  return {};
}

void Http2Attempt::begin_request() {
  message::Request& request = call_.request;
  hand_on_deadline();
  wire::http2::Session::RequestExtras extras;
  extras.scheme = connection_->scheme();
  extras.authority = request.head.authority.empty() ? call_.record.backend_address : request.head.authority;
  extras.content_length = request.body_length;
  extras.has_body = has_upload(request);
  const std::uint64_t expect = request.expects_continue ? 0 : Fields::bit(FieldId::kExpect);
  connection_->request(*stream_, request.head, kLeftOut | expect, extras);
}

/// RFC 8441 section 5: what HTTP/1.1 says by Upgrade, and without a key.
void Http2Attempt::begin_tunnel() {
  wire::http::RequestHead head = call_.request.head;
  head.fields.remove(wire::websocket::kKeyField);
  wire::http2::Session::RequestExtras extras;
  extras.scheme = connection_->scheme();
  extras.authority = head.authority.empty() ? call_.record.backend_address : head.authority;
  extras.protocol = "websocket";
  extras.takes_trailers = false;
  extras.has_body = true;
  connection_->request(*stream_, head, kLeftOut | Fields::bit(FieldId::kExpect), extras);
}

/// A call of gRPC says how long its caller waits: the backend is told what is left of that.
void Http2Attempt::hand_on_deadline() {
  wire::http::Fields& fields = call_.request.head.fields;
  if (call_.deadline == base::kNever || !wire::grpc::is_grpc(fields.value_of(FieldId::kContentType))) return;
  if (fields.find("grpc-timeout") == nullptr) return;
  const std::string left = wire::grpc::timeout_text(call_.deadline - call_.loop.now());
  fields.set("grpc-timeout", call_.arena.copy(left));
}

net::Task<base::Result<void>> Http2Attempt::wait_until_it_stands(base::Time deadline, bool for_tunnel) {
  const auto is_ready = [&] { return connection_->stands() && (!for_tunnel || connection_->knows_peer()); };
  failure_ = Failure::kConnect;
  while (!is_ready()) {
    if (connection_->failure()) co_return *connection_->failure();
    connection_->tell_changes_to(*stream_);
    const bool woken = co_await stream_->change(deadline);
    if (woken) continue;
    co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream,
                          "connect to " + std::string(call_.record.backend_address) + ": timed out"};
  }
  if (for_tunnel && !connection_->takes_tunnels()) {
    co_return base::Error{base::ErrorKind::kRefused, base::Fault::kUpstream,
                          "backend " + std::string(call_.record.backend) +
                              ": it takes no WebSocket over HTTP/2: its SETTINGS do not allow extended CONNECT, or it "
                              "is about to leave"};
  }
  // What stands may have ended again meanwhile: the request has gone out, and what became of it is for its stream to
  // say.
  failure_ = Failure::kNone;
  co_return base::Result<void>();
}

void Http2Attempt::start_upload() {
  if (!has_upload(call_.request)) return;
  body_touched_ = true;
  upload_.emplace(*stream_, *call_.request.body, call_.loop, call_.timeouts.response);
  upload_->start();
}

net::Task<base::Result<void>> Http2Attempt::wait_for_head() {
  wire::http::ResponseHead interim;
  while (true) {
    if (stream_->take_interim(interim)) {
      base::Result<void> counted = note_interim();
      if (!counted) co_return counted;
      base::Result<void> forwarded = co_await call_.client.send_interim(interim);
      if (!forwarded) co_return forwarded;
      continue;
    }
    if (stream_->has_head()) co_return base::Result<void>();
    if (is_clients_fault() || stream_->broken()) co_return failed_early();
    const base::Time from = call_.loop.now();
    const bool woken = co_await stream_->change(answer_deadline());
    if (woken || may_wait_longer(from)) continue;
    connection_->doubt(sent_);
    co_return failed(Failure::kTimeout, base::ErrorKind::kTimeout, "no answer in time");
  }
}

/// The wait for an answer begins when the request is sent; an upload that goes on keeps it away.
base::Time Http2Attempt::answer_deadline() const {
  base::Time from = sent_;
  if (upload_) from = upload_->running() ? call_.loop.now() : std::max(sent_, upload_->ended());
  return std::min(call_.deadline, from + call_.timeouts.response);
}

bool Http2Attempt::may_wait_longer(base::Time waited_from) const {
  if (call_.loop.now() >= call_.deadline || !upload_) return false;
  return upload_->running() || upload_->ended() > waited_from;
}

bool Http2Attempt::is_clients_fault() const {
  return upload_ && upload_->failure() && upload_->failure()->fault == base::Fault::kClient;
}

base::Error Http2Attempt::failed_early() {
  if (is_clients_fault()) {
    failure_ = Failure::kClient;
    return *upload_->failure();
  }
  const RequestStream::End& end = *stream_->broken();
  if (end.code == ErrorCode::kRefusedStream) {
    connection_->note_refusal();
    return failed(Failure::kUnseen, base::ErrorKind::kUnavailable, "it did not take the request (REFUSED_STREAM)");
  }
  if (const std::optional<base::Error>& why = connection_->failure()) {
    const bool is_garbage = why->kind == base::ErrorKind::kMalformed;
    return failed(is_garbage ? Failure::kGarbage : Failure::kCut, why->kind, why->message);
  }
  const std::string name(wire::http2::to_string(end.code));
  if (end.by_peer) {
    return failed(Failure::kCut, base::ErrorKind::kReset, "it reset the stream (" + name + ") without an answer");
  }
  return failed(Failure::kGarbage, base::ErrorKind::kMalformed, "its answer breaks the rules of HTTP/2");
}

void Http2Attempt::accept_head(message::Response& response) {
  const wire::http2::HeadFacts& facts = stream_->facts();
  const std::uint16_t status = response.head.status;
  note_head(response.head);
  const bool bodiless = call_.request.head.method == wire::http::Method::kHead || wire::http::is_bodiless(status);
  if (bodiless) {
    response.stated_length = facts.content_length;
  } else if (facts.ended) {
    response.body_length = 0;
  } else {
    response.body_length = facts.content_length;
  }
  if (stream_->at_end()) finish();
}

/// To the rest of the house it is what HTTP/1.1 would have brought.
void Http2Attempt::accept_tunnel(message::Response& response) {
  note_head(response.head);
  response.head.status = 101;
  Fields& fields = response.head.fields;
  fields.remove(FieldId::kContentLength);
  fields.add(FieldId::kUpgrade, call_.request.upgrade);
  if (const wire::http::Field* const key = call_.request.head.fields.find(wire::websocket::kKeyField)) {
    fields.add(wire::websocket::kAcceptField, call_.arena.copy(wire::websocket::accept_of(key->value)));
  }
  response.tunnel =
      std::make_unique<StreamTunnel>(std::move(lease_), *std::exchange(connection_, nullptr), std::move(stream_));
}

std::string_view Http2Attempt::take_ready() {
  const std::string_view piece = stream_->take_ready();
  if (stream_->at_end()) finish();
  return piece;
}

/// Everything has come. If everything has been sent as well, the stream is of no use to others any more; what was taken
/// of it stays where it is.
void Http2Attempt::finish() {
  if (connection_ == nullptr || stream_->is_open()) return;
  stream_->detach();
  lease_.give_back(*std::exchange(connection_, nullptr));
  lease_.release();
}

net::Task<base::Result<void>> Http2Attempt::wait() {
  stream_->make_room();
  while (!stream_->has_bytes() && !stream_->at_end()) {
    if (stream_->broken() || is_clients_fault()) co_return failed_late();
    const base::Time from = call_.loop.now();
    const bool woken = co_await stream_->change(std::min(call_.deadline, from + call_.timeouts.response));
    if (woken) continue;
    connection_->doubt(from);
    co_return broken_off({base::ErrorKind::kTimeout, base::Fault::kUpstream, "no more bytes of a body came in time"});
  }
  if (stream_->at_end()) finish();
  co_return base::Result<void>();
}

base::Error Http2Attempt::failed_late() {
  if (is_clients_fault()) return *upload_->failure();
  if (const std::optional<base::Error>& why = connection_->failure()) return broken_off(*why);
  const RequestStream::End& end = *stream_->broken();
  const std::string name(wire::http2::to_string(end.code));
  if (end.by_peer) {
    return broken_off({base::ErrorKind::kReset, base::Fault::kUpstream, "it reset the stream (" + name + ")"});
  }
  return broken_off(
      {base::ErrorKind::kMalformed, base::Fault::kUpstream, "its answer's body breaks the rules of HTTP/2"});
}

}  // namespace headgate::proxy::origin::http2
