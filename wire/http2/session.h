#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "wire/http/messages.h"
#include "wire/http2/error_code.h"
#include "wire/http2/flood.h"
#include "wire/http2/head_reader.h"
#include "wire/http2/outbox.h"
#include "wire/http2/stream.h"
#include "wire/http2/stream_numbers.h"

namespace headgate::wire::http2 {

enum class Role : std::uint8_t { kServer, kClient };

/// The bytes with which a client opens a connection (RFC 9113 section 3.4).
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Settings {
  std::uint32_t streams_max = 128;                ///< that the peer may have open at once; server
  std::uint32_t stream_window = 256 * 1024;       ///< bytes of one body that may come before they are consumed
  std::uint32_t connection_window = 1024 * 1024;  ///< and of all bodies together
  HeadLimits head;                                ///< of one head, and of one trailer section
  bool extended_connect = true;                   ///< RFC 8441 is offered; server
};

/// Told of what concerns the connection. From within Session::receive(), under the same rule as a Stream's events.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  /// Server: a request begins; who takes it. Null: the stream is refused (REFUSED_STREAM, safe to send again).
  virtual Stream* open_stream() { return nullptr; }
  /// Client: GOAWAY; no new requests are taken. Streams that it has not seen are closed with kRefusedStream.
  virtual void peer_leaves(ErrorCode) {}
  /// The answer to ping() came.
  virtual void ping_answered() {}
};

/// One HTTP/2 connection (RFC 9113), pure: bytes in, events out, bytes to send out. No socket, no clock, no thread.
///
///     Session session(Role::kServer, settings, events);
///     if (!session.receive(bytes, now)) ...                 // broken: collect() the last words, send them, close
///     session.collect(outbox);                              // everything there is to say now, of all streams
///     while (!outbox.empty()) outbox.drop(send(outbox.parts()));
///
/// What it holds back: the peer's windows bound what is collected, and a body that nobody consume()s is not asked for
/// beyond its window. What is malformed resets its stream, what breaks the protocol ends the connection, and what makes
/// work for nothing (see Flood) ends it with ENHANCE_YOUR_CALM; none of these reaches a Stream as anything but
/// closed().
class Session {
 public:
  Session(Role role, const Settings& settings, SessionEvents& events);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes what arrived, all of it. False: the connection is broken or over, nothing more is read.
  bool receive(std::string_view bytes, base::Time now);
  /// Puts what there is to say behind what is in the outbox, until it has no room.
  void collect(Outbox& out);
  /// collect() would find something.
  bool has_output() const;
  /// Nothing more will be read or said: close.
  bool is_over() const;

  // Server.

  /// The head of the answer, without the fields in `left_out` (Fields::bit); then its body by next_piece(), if there is
  /// one. A field whose name or value HTTP/2 does not allow is left out. A Priority field has its say in who is served
  /// first.
  void respond(Stream& stream, std::uint16_t status, const http::Fields& fields, std::uint64_t left_out,
               std::optional<std::uint64_t> content_length, bool has_body);
  /// An interim answer, 1xx but not 101.
  void respond_interim(Stream& stream, std::uint16_t status, const http::Fields& fields, std::uint64_t left_out);

  // Client.

  /// A request may be made now: the peer has not gone away, takes one more stream, and there are numbers left.
  bool can_request() const;
  struct RequestExtras {
    std::string_view scheme = "http";
    std::string_view authority;  ///< empty: none, and Host goes as it is
    std::string_view protocol;   ///< not empty: an extended CONNECT for it
    std::optional<std::uint64_t> content_length;
    bool takes_trailers = true;  ///< says TE: trailers
    bool has_body = false;
  };
  /// Makes a request of `stream`, which then is open.
  void request(Stream& stream, const http::RequestHead& head, std::uint64_t left_out, const RequestExtras& extras);
  /// How many streams the peer allows at once; before its SETTINGS came, what the RFC suggests as a minimum (100).
  std::uint32_t peer_streams_max() const;
  /// The peer's first SETTINGS are here: only then is known what it takes.
  bool knows_peer() const { return settings_came_; }
  /// The peer takes extended CONNECT (RFC 8441 section 3).
  bool peer_takes_connect() const;

  // Both.

  /// The stream has more to send than when next_piece() last had nothing.
  void resume(Stream& stream);
  /// Bytes that body_came() gave have been taken: as many may come again.
  void consume(Stream& stream, std::size_t bytes);
  /// Ends the stream both ways; closed() follows when that has been said.
  void reset(Stream& stream, ErrorCode why);

  /// First step of an orderly end: the peer is to open no more streams; those that it opens meanwhile are still served.
  void announce_leaving();
  /// Second step, a round trip later: what came until now is served, nothing else.
  void leave();
  /// Ends the connection now.
  void terminate(ErrorCode why);
  void ping();

  /// Every stream that is still open is closed(), as the connection is no more: with `why`, or with kRefusedStream
  /// where its request has not gone out.
  void abandon(ErrorCode why);

  /// Neither the stream's window nor the connection's holds back what it has to send.
  bool has_window(const Stream& stream) const;

  std::size_t streams_open() const { return streams_open_; }
  /// A head has begun and is not complete: nothing else can come before it is.
  bool is_in_head() const { return reading_ != nullptr || head_continues_; }
  /// How many heads have begun, trailers included.
  std::uint64_t heads_begun() const { return heads_begun_; }
  /// Why headgate broke the connection off, if it did.
  ErrorCode error() const { return error_; }
  std::optional<Flood> flood() const { return flood_; }
  /// Requests that were malformed and reset.
  std::uint64_t malformed() const { return malformed_; }

 private:
  friend class Stream;
  friend struct SessionCallbacks;
  struct Library;

  void prioritize(Stream& stream, std::string_view said);
  void flooded(Flood flood);
  bool spoilt(std::int32_t id);
  bool head_complete(bool is_end);
  void adopt(Stream& stream, std::int32_t id);
  void forget(Stream& stream);
  void detach(Stream& stream);

  const Role role_;
  const Settings settings_;
  SessionEvents& events_;
  std::unique_ptr<Library> library_;
  HeadReader reader_;
  FloodGuard guard_;
  StreamNumbers numbers_;
  std::size_t waiting_before_settings_ = 0;  // frames to be sent
  base::Time now_{};
  base::IntrusiveList<Stream> streams_;
  std::size_t streams_open_ = 0;
  std::size_t continuations_ = 0;
  std::uint64_t malformed_ = 0;
  std::uint64_t heads_begun_ = 0;
  std::string_view held_;        // a frame that the last outbox had no room for
  Outbox* out_ = nullptr;        // during collect()
  Stream* reading_ = nullptr;    // whose head is arriving
  bool head_continues_ = false;  // the head's last frame has not come
  bool frame_is_lent_ = false;   // the outbox refers to the library's memory
  bool settings_came_ = false;
  bool broken_ = false;
  bool peer_left_ = false;
  ErrorCode error_ = ErrorCode::kNoError;
  std::optional<Flood> flood_;
};

}  // namespace headgate::wire::http2
