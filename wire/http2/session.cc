#include "wire/http2/session.h"

#include <array>
#include <utility>

#include "base/result.h"
#include "wire/http2/session_callbacks.h"

namespace headgate::wire::http2 {
namespace {

using http::FieldId;

}  // namespace

Stream::~Stream() {
  if (session_ != nullptr) session_->detach(*this);
}

Session::Session(Role role, const Settings& settings, SessionEvents& events)
    : role_(role), settings_(settings), events_(events), library_(std::make_unique<Library>()), reader_(settings.head) {
  nghttp2_option* const options = SessionCallbacks::options(settings);
  const int made = role == Role::kServer
                       ? nghttp2_session_server_new2(&library_->session, SessionCallbacks::all(), this, options)
                       : nghttp2_session_client_new2(&library_->session, SessionCallbacks::all(), this, options);
  nghttp2_option_del(options);
  if (made != 0) base::invariant_broken("no memory for an HTTP/2 session");
  std::array<nghttp2_settings_entry, 6> said{};
  std::size_t count = 0;
  const auto say = [&](std::int32_t what, std::uint32_t value) { said[count++] = {what, value}; };
  say(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window);
  say(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(settings.head.head_bytes));
  if (role == Role::kServer) {
    say(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.streams_max);
    say(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1);
    if (settings.extended_connect) say(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
  } else {
    say(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  }
  nghttp2_submit_settings(library_->session, NGHTTP2_FLAG_NONE, said.data(), count);
  nghttp2_session_set_local_window_size(library_->session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings.connection_window));
}

Session::~Session() {
  for (Stream* each = streams_.first(); each != nullptr; each = streams_.first()) {
    each->unlink();
    each->session_ = nullptr;
  }
}

void Session::adopt(Stream& stream, std::int32_t id) {
  stream.id_ = id;
  stream.session_ = this;
  streams_.push_back(stream);
  ++streams_open_;
}

void Session::forget(Stream& stream) {
  if (reading_ == &stream) reading_ = nullptr;
  stream.unlink();
  stream.session_ = nullptr;
  --streams_open_;
}

void Session::detach(Stream& stream) {
  nghttp2_session_set_stream_user_data(library_->session, stream.id_, nullptr);
  if (stream.unconsumed_ > 0) nghttp2_session_consume_connection(library_->session, stream.unconsumed_);
  if (!stream.is_reset_) {
    nghttp2_submit_rst_stream(library_->session, NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL);
  }
  forget(stream);
}

bool Session::receive(std::string_view bytes, base::Time now) {
  if (broken_) return false;
  now_ = now;
  const ssize_t taken =
      nghttp2_session_mem_recv(library_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken >= 0) return true;
  if (error_ == ErrorCode::kNoError) {
    switch (taken) {
      case NGHTTP2_ERR_FLOODED:
        flooded(Flood::kAnswers);
        break;
      case NGHTTP2_ERR_TOO_MANY_SETTINGS:
        flooded(Flood::kSettings);
        break;
      case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
        flooded(Flood::kContinuations);
        break;
      case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
        terminate(ErrorCode::kProtocolError);
        break;
      default:
        terminate(ErrorCode::kInternalError);
        break;
    }
  }
  broken_ = true;
  return false;
}

void Session::flooded(Flood flood) {
  flood_ = flood;
  broken_ = true;
  terminate(ErrorCode::kEnhanceYourCalm);
}

/// A head breaks a rule that the library does not know. False: one too many.
bool Session::spoilt(std::int32_t id) {
  reading_ = nullptr;
  ++malformed_;
  nghttp2_submit_rst_stream(library_->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_PROTOCOL_ERROR);
  if (role_ == Role::kClient || guard_.admit(Flood::kResets, now_)) return true;
  flooded(Flood::kResets);
  return false;
}

bool Session::head_complete(bool is_end) {
  Stream* const stream = std::exchange(reading_, nullptr);
  if (stream == nullptr) return true;
  if (stream->head_done_) {
    if (!reader_.finish_trailers()) return spoilt(stream->id_);
    stream->body_ended();
    return true;
  }
  HeadFacts facts;
  facts.ended = is_end;
  const bool is_fine = role_ == Role::kServer ? reader_.finish_request(facts) : reader_.finish_response(facts);
  if (!is_fine) return spoilt(stream->id_);
  stream->head_done_ = role_ == Role::kServer || !facts.is_interim;
  stream->head_came(facts);
  return true;
}

void Session::collect(Outbox& out) {
  if (frame_is_lent_ && !out.empty()) return;
  frame_is_lent_ = false;
  out_ = &out;
  while (true) {
    if (!held_.empty()) {
      if (held_.size() <= out.copy_room()) {
        out.copy(held_);
      } else if (out.empty()) {
        out.add(held_);
        frame_is_lent_ = true;
      } else {
        break;
      }
      held_ = {};
      if (frame_is_lent_) break;
    }
    if (!out.has_room()) break;
    const std::uint8_t* frame = nullptr;
    const ssize_t bytes = nghttp2_session_mem_send(library_->session, &frame);
    if (bytes < 0) broken_ = true;
    if (bytes <= 0) break;
    held_ = text_of(frame, static_cast<std::size_t>(bytes));
  }
  out_ = nullptr;
}

bool Session::has_output() const {
  return !held_.empty() || nghttp2_session_want_write(library_->session) != 0;
}

bool Session::is_over() const {
  if (!held_.empty()) return false;
  const bool wants_write = nghttp2_session_want_write(library_->session) != 0;
  return !wants_write && (broken_ || nghttp2_session_want_read(library_->session) == 0);
}

/// RFC 9218 section 8: what the origin says is laid over what the client does.
void Session::prioritize(Stream& stream, std::string_view said) {
  const http::RequestHead* const request = stream.place().request;
  Priority wanted;
  if (stream.updated_) {
    wanted = *stream.updated_;
  } else if (request != nullptr) {
    wanted = laid_over(wanted, priority_field_of(request->fields));
  }
  wanted = laid_over(wanted, said);
  const nghttp2_extpri priority{wanted.urgency, wanted.incremental ? 1 : 0};
  nghttp2_session_change_extpri_stream_priority(library_->session, stream.id_, &priority, 1);
}

void Session::respond(Stream& stream, std::uint16_t status, const http::Fields& fields, std::uint64_t left_out,
                      std::optional<std::uint64_t> content_length, bool has_body) {
  if (!stream.is_open()) return;
  if (const std::string_view said = priority_field_of(fields); !said.empty()) prioritize(stream, said);
  FieldBlock& block = library_->block;
  block.clear();
  block.add_status(status);
  block.add_all(fields, left_out);
  if (content_length) block.add_length(*content_length);
  nghttp2_data_provider body{{.ptr = &stream}, SessionCallbacks::next_data};
  nghttp2_submit_response(library_->session, stream.id_, block.data(), block.size(), has_body ? &body : nullptr);
}

void Session::respond_interim(Stream& stream, std::uint16_t status, const http::Fields& fields,
                              std::uint64_t left_out) {
  if (!stream.is_open()) return;
  FieldBlock& block = library_->block;
  block.clear();
  block.add_status(status);
  block.add_all(fields, left_out);
  nghttp2_submit_headers(library_->session, NGHTTP2_FLAG_NONE, stream.id_, nullptr, block.data(), block.size(),
                         nullptr);
}

bool Session::can_request() const {
  return !broken_ && !peer_left_ && nghttp2_session_check_request_allowed(library_->session) != 0 &&
         streams_open_ < peer_streams_max();
}

void Session::request(Stream& stream, const http::RequestHead& head, std::uint64_t left_out,
                      const RequestExtras& extras) {
  FieldBlock& block = library_->block;
  block.clear();
  block.add_request(head, extras.scheme, extras.authority, extras.protocol);
  block.add_all(head.fields, extras.authority.empty() ? left_out : left_out | http::Fields::bit(FieldId::kHost));
  if (extras.takes_trailers) block.add_literal("te", "trailers");
  if (extras.content_length) block.add_length(*extras.content_length);
  nghttp2_data_provider body{{.ptr = &stream}, SessionCallbacks::next_data};
  const std::int32_t id = nghttp2_submit_request(library_->session, nullptr, block.data(), block.size(),
                                                 extras.has_body ? &body : nullptr, &stream);
  if (id < 0) base::invariant_broken("a request was made where can_request() says no");
  adopt(stream, id);
}

std::uint32_t Session::peer_streams_max() const {
  constexpr std::uint32_t kUntilTold = 100;
  const std::uint32_t told =
      nghttp2_session_get_remote_settings(library_->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return settings_came_ ? told : kUntilTold;
}

bool Session::peer_takes_connect() const {
  return nghttp2_session_get_remote_settings(library_->session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 0;
}

void Session::resume(Stream& stream) {
  if (stream.is_open()) nghttp2_session_resume_data(library_->session, stream.id_);
}

void Session::consume(Stream& stream, std::size_t bytes) {
  if (!stream.is_open() || bytes == 0) return;
  stream.unconsumed_ -= bytes;
  nghttp2_session_consume(library_->session, stream.id_, bytes);
}

void Session::reset(Stream& stream, ErrorCode why) {
  if (!stream.is_open() || stream.is_reset_) return;
  stream.is_reset_ = true;
  nghttp2_submit_rst_stream(library_->session, NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::uint32_t>(why));
}

bool Session::has_window(const Stream& stream) const {
  return stream.is_open() && nghttp2_session_get_remote_window_size(library_->session) > 0 &&
         nghttp2_session_get_stream_remote_window_size(library_->session, stream.id_) > 0;
}

void Session::announce_leaving() {
  nghttp2_submit_shutdown_notice(library_->session);
}

void Session::leave() {
  nghttp2_submit_goaway(library_->session, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(library_->session), NGHTTP2_NO_ERROR, nullptr, 0);
}

void Session::terminate(ErrorCode why) {
  error_ = why;
  nghttp2_session_terminate_session(library_->session, static_cast<std::uint32_t>(why));
}

void Session::ping() {
  nghttp2_submit_ping(library_->session, NGHTTP2_FLAG_NONE, nullptr);
}

void Session::abandon(ErrorCode why) {
  broken_ = true;
  while (Stream* const stream = streams_.first()) {
    // What the library has no stream for was never said: the peer has not seen it.
    const bool was_said = nghttp2_session_find_stream(library_->session, stream->id_) != nullptr;
    nghttp2_session_set_stream_user_data(library_->session, stream->id_, nullptr);
    forget(*stream);
    stream->closed(was_said ? why : ErrorCode::kRefusedStream, true);
  }
}

}  // namespace headgate::wire::http2
