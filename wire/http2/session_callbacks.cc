#include "wire/http2/session_callbacks.h"

#include <optional>

#include "base/result.h"

namespace headgate::wire::http2 {
namespace {

/// Frames that one head may come in: what its bytes need when a peer fills its frames by a half, and some.
std::size_t continuations_max(const Settings& settings) {
  return 8 + settings.head.head_bytes / 8192;
}

/// Answers (of PING and SETTINGS) that may wait to be sent.
constexpr std::size_t kAnswersMax = 110;

/// Breaches of the rules for messages and streams that reset one stream, by whoever sent the frame.
bool is_stream_error(int library_error) {
  return library_error == NGHTTP2_ERR_HTTP_HEADER || library_error == NGHTTP2_ERR_HTTP_MESSAGING ||
         library_error == NGHTTP2_ERR_STREAM_CLOSED || library_error == NGHTTP2_ERR_FLOW_CONTROL;
}

}  // namespace

Session& SessionCallbacks::self(void* user) {
  return *static_cast<Session*>(user);
}
Stream* SessionCallbacks::stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
}
int SessionCallbacks::end_by(Session& self, Flood flood) {
  self.flooded(flood);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int SessionCallbacks::breach(Session& self, ErrorCode code) {
  self.terminate(code);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

void SessionCallbacks::note_end_sent(Stream* stream) {
  if (stream == nullptr || stream->sent_end_) return;
  stream->sent_end_ = true;
  stream->end_sent();
}

int SessionCallbacks::begin_frame(nghttp2_session* session, const nghttp2_frame_hd* frame, void* user) {
  Session& me = self(user);
  const bool is_ack = (frame->flags & NGHTTP2_FLAG_ACK) != 0;
  if (frame->type == NGHTTP2_CONTINUATION) {
    if (++me.continuations_ > continuations_max(me.settings_)) return end_by(me, Flood::kContinuations);
  } else {
    me.continuations_ = 0;
  }
  const bool is_head = frame->type == NGHTTP2_HEADERS || frame->type == NGHTTP2_CONTINUATION;
  if (frame->type == NGHTTP2_HEADERS) ++me.heads_begun_;
  if (frame->type == NGHTTP2_HEADERS && me.role_ == Role::kServer) {
    if (me.numbers_.was_skipped(frame->stream_id)) return breach(me, ErrorCode::kProtocolError);
    me.numbers_.opened(frame->stream_id);
  }
  me.head_continues_ = is_head && (frame->flags & NGHTTP2_FLAG_END_HEADERS) == 0;
  std::optional<Flood> counted;
  switch (frame->type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
      if (frame->length == 0) counted = Flood::kEmptyFrames;
      break;
    case NGHTTP2_RST_STREAM:
      if (me.role_ == Role::kServer) counted = Flood::kResets;
      break;
    case NGHTTP2_PING:
      if (!is_ack) counted = Flood::kPings;
      break;
    case NGHTTP2_SETTINGS:
      if (!is_ack) counted = Flood::kSettings;
      me.waiting_before_settings_ = nghttp2_session_get_outbound_queue_size(session);
      break;
    case NGHTTP2_PRIORITY:
      if (frame->stream_id == 0) return breach(me, ErrorCode::kProtocolError);
      if (frame->length != 5) return breach(me, ErrorCode::kFrameSizeError);
      [[fallthrough]];
    case NGHTTP2_PRIORITY_UPDATE:
      counted = Flood::kPriorities;
      break;
    case NGHTTP2_WINDOW_UPDATE:
      counted = Flood::kWindowUpdates;
      break;
    default:
      break;
  }
  if (counted && !me.guard_.admit(*counted, me.now_)) return end_by(me, *counted);
  return 0;
}

int SessionCallbacks::begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  Session& me = self(user);
  const std::int32_t id = frame->hd.stream_id;
  Stream* stream = stream_of(session, id);
  if (stream == nullptr && me.role_ == Role::kServer && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    me.guard_.request_came();
    stream = me.events_.open_stream();
    if (stream == nullptr) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    me.adopt(*stream, id);
    nghttp2_session_set_stream_user_data(session, id, stream);
  }
  me.reading_ = stream;
  if (stream != nullptr) me.reader_.begin(stream->place(), stream->head_done_);
  return 0;
}

int SessionCallbacks::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                             std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes, std::uint8_t,
                             void* user) {
  Session& me = self(user);
  if (me.reading_ == nullptr) return 0;
  switch (me.reader_.add(text_of(name, name_bytes), text_of(value, value_bytes))) {
    case HeadReader::Verdict::kFine:
      return 0;
    case HeadReader::Verdict::kMalformed:
      return me.spoilt(frame->hd.stream_id) ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : NGHTTP2_ERR_CALLBACK_FAILURE;
    case HeadReader::Verdict::kFlood:
      break;
  }
  return end_by(me, Flood::kHead);
}

/// A regular field with a character that has no place there: the library would leave it out and go on.
int SessionCallbacks::invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*, std::size_t,
                                     const std::uint8_t*, std::size_t, std::uint8_t, void* user) {
  return self(user).spoilt(frame->hd.stream_id) ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int SessionCallbacks::frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  Session& me = self(user);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      return me.head_complete((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    case NGHTTP2_DATA: {
      const bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      const bool is_empty = frame->hd.length == frame->data.padlen;
      if (is_empty && !is_end && !me.guard_.admit(Flood::kEmptyFrames, me.now_)) {
        return end_by(me, Flood::kEmptyFrames);
      }
      Stream* const stream = is_end ? stream_of(session, frame->hd.stream_id) : nullptr;
      if (stream != nullptr) stream->body_ended();
      return 0;
    }
    case NGHTTP2_RST_STREAM:
      if (Stream* const stream = stream_of(session, frame->hd.stream_id)) stream->reset_by_peer_ = true;
      return 0;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) return 0;
      me.settings_came_ = true;
      // Beside its acknowledgement: resets of streams whose window it made too large, which RFC 9113 section 6.9.2 has
      // end the connection.
      if (nghttp2_session_get_outbound_queue_size(session) > me.waiting_before_settings_ + 1) {
        return breach(me, ErrorCode::kFlowControlError);
      }
      return 0;
    case NGHTTP2_PRIORITY_UPDATE: {
      const auto& update = *static_cast<nghttp2_ext_priority_update*>(frame->ext.payload);
      if (update.stream_id == 0) return breach(me, ErrorCode::kProtocolError);
      Stream* const stream = stream_of(session, update.stream_id);
      // It says all of it: what it does not mention is as the RFC has it (section 7).
      if (stream != nullptr) stream->updated_ = laid_over({}, text_of(update.field_value, update.field_value_len));
      return 0;
    }
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) me.events_.ping_answered();
      return 0;
    case NGHTTP2_GOAWAY:
      me.peer_left_ = true;
      me.events_.peer_leaves(static_cast<ErrorCode>(frame->goaway.error_code));
      return 0;
    default:
      return 0;
  }
}

int SessionCallbacks::invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
  Session& me = self(user);
  me.reading_ = nullptr;
  if (!is_stream_error(error)) return 0;
  if (frame->hd.type == NGHTTP2_HEADERS) ++me.malformed_;
  if (me.role_ == Role::kServer && !me.guard_.admit(Flood::kResets, me.now_)) return end_by(me, Flood::kResets);
  return 0;
}

int SessionCallbacks::data_received(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                                    std::size_t count, void*) {
  Stream* const stream = stream_of(session, id);
  if (stream == nullptr) {
    nghttp2_session_consume(session, id, count);
    return 0;
  }
  stream->unconsumed_ += count;
  stream->body_came(text_of(bytes, count));
  return 0;
}

int SessionCallbacks::stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user) {
  Stream* const stream = stream_of(session, id);
  if (stream == nullptr) return 0;
  Session& me = self(user);
  if (stream->unconsumed_ > 0) nghttp2_session_consume_connection(session, stream->unconsumed_);
  nghttp2_session_set_stream_user_data(session, id, nullptr);
  me.forget(*stream);
  stream->closed(static_cast<ErrorCode>(code), stream->reset_by_peer_);
  return 0;
}

int SessionCallbacks::frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  Session& me = self(user);
  if (frame->hd.type == NGHTTP2_DATA) me.guard_.data_sent();
  const bool ends_stream = frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (ends_stream) note_end_sent(stream_of(session, frame->hd.stream_id));
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
    // The library itself calms down who sends too many settings in one frame, and nobody else.
    const bool is_calmed = frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM && me.error_ == ErrorCode::kNoError;
    if (is_calmed) me.flood_ = Flood::kSettings;
    me.error_ = static_cast<ErrorCode>(frame->goaway.error_code);
  }
  return 0;
}

/// A request that did not go out before the peer's GOAWAY came: the library has no stream for it that it could close.
int SessionCallbacks::frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Session& me = self(user);
  Stream* stream = me.streams_.first();
  while (stream != nullptr && stream->id_ != frame->hd.stream_id) stream = me.streams_.next(*stream);
  if (stream == nullptr) return 0;
  me.forget(*stream);
  stream->closed(ErrorCode::kRefusedStream, true);
  return 0;
}

ssize_t SessionCallbacks::next_data(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t max,
                                    std::uint32_t* flags, nghttp2_data_source*, void* user) {
  // The library makes one DATA frame after another without going back to collect() between them.
  if (!self(user).out_->has_room()) return NGHTTP2_ERR_PAUSE;
  Stream* const stream = stream_of(session, id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const Stream::Outgoing next = stream->next_piece(max);
  if (next.bytes.empty() && !next.is_last) return NGHTTP2_ERR_DEFERRED;
  stream->piece_ = next.bytes;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!next.is_last) return static_cast<ssize_t>(next.bytes.size());
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  const http::Fields* const trailers = stream->outgoing_trailers();
  if (trailers != nullptr && !trailers->empty()) {
    FieldBlock& block = self(user).library_->block;
    block.clear();
    block.add_all(*trailers, 0);
    nghttp2_submit_trailer(session, id, block.data(), block.size());
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(next.bytes.size());
}

int SessionCallbacks::send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t,
                                nghttp2_data_source* source, void* user) {
  Outbox& out = *self(user).out_;
  out.copy(text_of(head, Outbox::kFrameHeadBytes));
  Stream* const stream = static_cast<Stream*>(source->ptr);
  out.add(stream->piece_);
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) note_end_sent(stream);
  return 0;
}

const nghttp2_session_callbacks* SessionCallbacks::all() {
  static const nghttp2_session_callbacks* const kAll = [] {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) base::invariant_broken("out of memory");
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(made, invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame_received);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data_received);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, stream_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, frame_not_sent);
    nghttp2_session_callbacks_set_send_data_callback(made, send_data);
    return made;
  }();
  return kAll;
}

nghttp2_option* SessionCallbacks::options(const Settings& settings) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) base::invariant_broken("out of memory");
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);  // they are kept for RFC 7540's priorities alone
  nghttp2_option_set_max_continuations(made, 2 * continuations_max(settings));
  nghttp2_option_set_max_outbound_ack(made, kAnswersMax);
  // Resets are counted here, by FloodGuard, which can say what it counted.
  nghttp2_option_set_stream_reset_rate_limit(made, 1'000'000, 1'000'000);
  nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
  return made;
}

}  // namespace headgate::wire::http2
