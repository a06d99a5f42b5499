#include "proxy/http/http1/client.h"

#include <array>
#include <string>

#include "base/ascii.h"
#include "proxy/http/exchange.h"
#include "proxy/http/reception/steps.h"
#include "proxy/http/tunnel_relay.h"
#include "proxy/message/tunnel_socket.h"
#include "wire/http/status.h"
#include "wire/http1/head_writer.h"
#include "wire/http1/hop_by_hop.h"

namespace headgate::proxy::http::http1 {
namespace {

using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;

/// Written anew for this hop.
constexpr std::uint64_t kLeftOut = wire::http1::kHopByHopFields | Fields::bit(FieldId::kContentLength);

}  // namespace

Client::Client(ClientConnection& connection, Exchange& exchange, const wire::http1::Hop& hop)
    : connection_(connection),
      request_(exchange.request()),
      arena_(exchange.arena()),
      hop_(hop),
      keep_alive_(hop.keep_alive),
      canceller_(connection.loop()),
      watch_([](void* self) { static_cast<Client*>(self)->canceller_.cancel(); }, this) {
  body_.begin(hop_, connection.unread(), base::Fault::kClient);
  reception::take_in(request_, hop_, this, body_.at_end());
}

Client::~Client() {
  cancel_when_gone(false);
}

void Client::cancel_when_gone(bool on) {
  if (on == watching_) return;
  watching_ = on;
  net::Socket& socket = connection_.socket();
  socket.set_hangup_watch(on ? &watch_ : nullptr);
  if (on && socket.peer_closed()) canceller_.cancel();
}

std::string_view Client::take_ready() {
  body_asked_for_ = true;
  if (over_limit_) return {};
  const std::string_view piece = body_.take_ready();
  // What exceeds the limit is not handed on: the body then never ends well, and wait() says why.
  over_limit_ = body_bytes_ + piece.size() > connection_.settings().limits.body_bytes;
  if (over_limit_) return {};
  body_bytes_ += piece.size();
  return piece;
}

net::Task<base::Result<void>> Client::wait() {
  if (over_limit_) {
    co_return base::Error{base::ErrorKind::kTooLarge, base::Fault::kClient,
                          "the body is larger than the listener takes"};
  }
  const std::uint64_t before = body_.bytes_read();
  base::Result<void> waited = co_await body_.wait(connection_.socket(), stall(), base::kNever);
  connection_.note_received(body_.bytes_read() - before);
  co_return waited;
}

net::Task<base::Result<void>> Client::send_interim(const wire::http::ResponseHead& head) {
  if (hop_.minor_version == 0) co_return base::Result<void>();
  net::Buffer out = connection_.loop().buffers().borrow(net::BufferPool::kMedium);
  wire::http1::HeadWriter writer(out.data(), out.size());
  writer.status_line(head.status, head.reason);
  writer.fields(head.fields, kLeftOut);
  writer.end();
  if (writer.overflowed())
    co_return base::Result<void>();  // it is only a hint: too long a one is not worth the trouble
  std::array<iovec, 1> parts{iovec{out.data(), writer.written().size()}};
  base::Result<void> sent = co_await connection_.socket().write_all(parts, stall(), base::Fault::kClient);
  co_return sent;
}

/// Of a body that nobody asked for, what came with the head. An origin that took some may be sending it on right now.
void Client::discard_ready_body() {
  if (body_asked_for_) return;
  while (!body_.at_end() && !body_.take_ready().empty()) {
  }
}

Client::BodyMode Client::body_mode_of(const message::Response& response) const {
  const bool bodiless = request_.head.method == Method::kHead || wire::http::is_bodiless(response.head.status);
  if (bodiless) return BodyMode::kNone;
  if (response.body == nullptr || response.body_length) return BodyMode::kLength;
  return hop_.minor_version == 1 ? BodyMode::kChunked : BodyMode::kUntilClose;
}

void Client::write_head(const message::Response& response, BodyMode mode, Part part,
                        wire::http1::HeadWriter& writer) const {
  const std::uint16_t status = response.head.status;
  if (!response.written_head.empty()) {
    if (part == Part::kAll) writer.text(response.written_fields);
  } else {
    writer.status_line(status, response.head.reason);
    writer.fields(response.head.fields, kLeftOut);
  }
  std::optional<std::uint64_t> length;
  if (mode == BodyMode::kLength) length = response.body ? *response.body_length : response.text.size();
  if (mode == BodyMode::kNone && status != 204 && status >= 200) {
    length = response.stated_length ? response.stated_length : response.body_length;
    if (!length && response.body == nullptr && !response.text.empty()) length = response.text.size();
  }
  if (length) {
    writer.text("Content-Length: ");
    writer.number(*length);
    writer.text("\r\n");
  }
  if (mode == BodyMode::kChunked) writer.text("Transfer-Encoding: chunked\r\n");
  if (status == 101) {
    writer.text("Connection: Upgrade\r\n");
    writer.field("Upgrade", response.head.fields.value_of(FieldId::kUpgrade));
  } else if (!keep_alive_) {
    writer.text("Connection: close\r\n");
  } else if (hop_.minor_version == 0) {
    writer.text("Connection: keep-alive\r\n");
  }
  writer.end();
}

std::string_view Client::write_head(const message::Response& response, BodyMode mode, net::Buffer& out) {
  const std::span<char> room = arena_.room();
  const std::string_view fields = response.written_fields;
  // Of a stored answer the fields are what was last put into the arena: the rest is written on behind them.
  const bool goes_on = !fields.empty() && fields.data() + fields.size() == room.data();
  wire::http1::HeadWriter writer(room.data(), room.size());
  write_head(response, mode, goes_on ? Part::kBehindFields : Part::kAll, writer);
  if (!writer.overflowed()) [[likely]] {
    const std::size_t bytes = writer.written().size();
    const char* const written = arena_.take(bytes);
    return goes_on ? std::string_view(fields.data(), fields.size() + bytes) : std::string_view(written, bytes);
  }
  out = connection_.loop().buffers().borrow(writer.wanted() + fields.size());
  wire::http1::HeadWriter longer(out.data(), out.size());
  write_head(response, mode, Part::kAll, longer);
  return longer.written();
}

base::Result<ClientSide::Sent> Client::try_send(message::Response& response, message::Record& record) {
  record_ = &record;
  mode_ = body_mode_of(response);
  discard_ready_body();
  const bool cannot_go_on = mode_ == BodyMode::kUntilClose || !at_end() || connection_.listener().draining;
  if (cannot_go_on || response.tunnel) keep_alive_ = false;
  head_text_ = write_head(response, mode_, head_);
  record.status = response.head.status;
  record.request_body_bytes = body_bytes_;
  if (response.tunnel) return Sent::kMustWait;
  if (mode_ == BodyMode::kNone) response.body.reset();
  if (response.body == nullptr) return try_send_at_once(response, record);
  sending_.emplace(connection_.socket(), stall());
  base::Result<bool> sent =
      sending_->try_run(head_text_, response, mode_ != BodyMode::kNone, mode_ == BodyMode::kChunked);
  if (!sent) {
    note_sent(record, false);
    return sent.error();
  }
  if (!*sent) return Sent::kMustWait;
  note_sent(record, true);
  return Sent::kWhole;
}

/// What has no body to wait for, as most answers: one call to the kernel, and nothing is set up for a second.
base::Result<ClientSide::Sent> Client::try_send_at_once(message::Response& response, message::Record& record) {
  const std::string_view text = mode_ == BodyMode::kNone ? std::string_view() : response.text;
  std::array<iovec, 3> parts;
  std::size_t count = 0;
  for (const std::string_view part : {response.written_head, head_text_, text}) {
    if (!part.empty()) parts[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  const std::size_t whole = response.written_head.size() + head_text_.size() + text.size();
  const net::IoResult sent = connection_.socket().write_some(std::span(parts).first(count));
  const std::size_t sent_bytes = sent.status == net::IoStatus::kOk ? sent.bytes : 0;
  if (sent_bytes == whole) [[likely]] {
    record.response_body_bytes = text.size();
    connection_.note_sent(whole);
    return Sent::kWhole;
  }
  sending_.emplace(connection_.socket(), stall());
  sending_->take_up(head_text_, response, text, sent_bytes);
  if (sent.status != net::IoStatus::kFailed) return Sent::kMustWait;
  note_sent(record, false);
  return base::system_error(sent.error, "write", base::Fault::kClient);
}

net::Task<base::Result<void>> Client::send_rest(message::Response& response, message::Record& record) {
  if (response.tunnel) co_return co_await run_tunnel(response, record, head_text_);
  cancel_when_gone(true);
  base::Result<void> sent = co_await sending_->run_rest();
  cancel_when_gone(false);
  note_sent(record, static_cast<bool>(sent));
  co_return sent;
}

void Client::note_unfinished() {
  if (sending_) note_sent(*record_, false);
}

void Client::note_sent(message::Record& record, bool whole) {
  record.request_body_bytes = body_bytes_;
  record.response_body_bytes = sending_->body_bytes();
  connection_.note_sent(sending_->bytes());
  if (whole) return;
  keep_alive_ = false;
  // Where only the end of the connection ends the body, an early end must not look like a good one.
  if (mode_ == BodyMode::kUntilClose) connection_.socket().reset_on_close();
}

net::Task<base::Result<void>> Client::run_tunnel(message::Response& response, message::Record& record,
                                                 std::string_view head) {
  std::array<iovec, 1> parts{iovec{const_cast<char*>(head.data()), head.size()}};
  base::Result<void> sent = co_await connection_.socket().write_all(parts, stall(), base::Fault::kClient);
  if (!sent) co_return sent;
  message::TunnelSocket end(connection_.socket(), base::Fault::kClient, "client", body_.excess());
  TunnelRelay relay(connection_.loop(), end, *response.tunnel, connection_.settings().timeouts.idle);
  base::Result<void> relayed = co_await relay.run();
  record.request_body_bytes = relay.bytes_up();
  record.response_body_bytes = relay.bytes_down();
  co_return relayed;
}

}  // namespace headgate::proxy::http::http1
