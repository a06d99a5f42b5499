#pragma once
#include <nghttp2/nghttp2.h>

#include "wire/http2/field_block.h"
#include "wire/http2/session.h"

namespace headgate::wire::http2 {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

/// What a session holds of the library.
struct Session::Library {
  nghttp2_session* session = nullptr;
  FieldBlock block;
  ~Library() { nghttp2_session_del(session); }
};

/// What the library calls back: each is told of one frame, or of a piece of one.
struct SessionCallbacks {
  static Session& self(void* user);
  static Stream* stream_of(nghttp2_session* session, std::int32_t id);
  static void note_end_sent(Stream* stream);
  static int end_by(Session& self, Flood flood);
  /// The library lets this pass.
  static int breach(Session& self, ErrorCode code);
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* frame, void* user);
  static int begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_bytes,
                    const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* user);
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*, std::size_t,
                            const std::uint8_t*, std::size_t, std::uint8_t, void* user);
  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
  static int data_received(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                           std::size_t count, void*);
  static int stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user);
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user);
  static ssize_t next_data(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t max,
                           std::uint32_t* flags, nghttp2_data_source*, void* user);
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t,
                       nghttp2_data_source* source, void* user);
  static const nghttp2_session_callbacks* all();
  static nghttp2_option* options(const Settings& settings);
};

}  // namespace headgate::wire::http2
