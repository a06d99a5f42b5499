#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/intrusive_list.h"
#include "wire/http/messages.h"
#include "wire/http2/error_code.h"
#include "wire/http2/priority.h"

namespace headgate::wire::http2 {

class Session;

/// What HTTP/2 says of a head beside the head itself.
struct HeadFacts {
  bool ended = false;                           ///< the message has no body and no trailers
  std::optional<std::uint64_t> content_length;  ///< as stated
  std::string_view protocol;                    ///< of an extended CONNECT (RFC 8441); the method is then GET
  std::string_view scheme;                      ///< "http" or "https"; requests only
  bool expects_continue = false;
  bool is_interim = false;  ///< responses: 1xx, and another head follows
  // What is no breach of HTTP/2, but is not served: the status that says so and a short reason, as HTTP/1's parser has
  // them. 0: all is well. The head is then filled as far as it could be.
  std::uint16_t refusal = 0;
  std::string_view refusal_reason;
};

/// One stream as whoever uses a Session sees it: a request that came (server) or one that was made (client). The events
/// come from within Session::receive() and Session::collect(); what they call of the session may be anything but these
/// two. A stream may be destroyed at any time but from within its own events; if it is still open it is reset.
class Stream : private base::ListHook {
 public:
  Stream() = default;
  virtual ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::int32_t id() const { return id_; }
  /// The session still knows it: neither has it ended both ways nor was it reset.
  bool is_open() const { return session_ != nullptr; }
  /// The end of what this side says has gone into the outbox.
  bool has_sent_end() const { return sent_end_; }

  // What arrives.

  /// Where a head and trailers are put: texts into the arena, the rest here. Asked for when a head begins.
  struct Place {
    base::Arena* arena = nullptr;
    http::RequestHead* request = nullptr;    ///< server
    http::ResponseHead* response = nullptr;  ///< client; cleared for each further head
    http::Fields* trailers = nullptr;
  };
  virtual Place place() = 0;
  /// A head is complete and breaks no rule: a request's (with Host among its fields, whatever of :authority and Host
  /// was sent), an interim answer's (status below 200, and more heads follow) or an answer's.
  virtual void head_came(const HeadFacts& facts) = 0;
  /// Bytes of the body, valid during the call. They count against the window until Session::consume().
  virtual void body_came(std::string_view bytes) = 0;
  /// The message is complete, its trailers are where place() said. Not after HeadFacts::ended.
  virtual void body_ended() = 0;
  /// The last event: the stream is over both ways, or was reset by either side, or the connection is.
  /// `by_peer`: the other side did it.
  virtual void closed(ErrorCode why, bool by_peer) = 0;

  // What is sent, asked for by Session::collect().

  struct Outgoing {
    std::string_view bytes;  ///< stay where they are until the outbox is empty; at most what was asked for
    bool is_last = false;    ///< nothing comes after these but trailers()
  };
  /// The next bytes of the body, each once; none and not the last: there are none just now, and nothing more is asked
  /// for until Session::resume().
  virtual Outgoing next_piece(std::size_t max) = 0;
  /// has_sent_end() holds from now on.
  virtual void end_sent() {}
  /// After the last piece; null: none.
  virtual const http::Fields* outgoing_trailers() { return nullptr; }

 private:
  friend class Session;
  friend struct SessionCallbacks;
  friend class base::IntrusiveList<Stream>;
  Session* session_ = nullptr;
  std::int32_t id_ = 0;
  bool head_done_ = false;  // the final one that arrives
  bool reset_by_peer_ = false;
  bool is_reset_ = false;  // by this side; it has yet to be said
  bool sent_end_ = false;
  std::size_t unconsumed_ = 0;
  std::optional<Priority> updated_;  // by PRIORITY_UPDATE
  std::string_view piece_;           // between being asked for and going into the outbox
};

}  // namespace headgate::wire::http2
