#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "wire/http/messages.h"

// HTTP/1.x heads (RFC 9112), parsed in place and strictly: what two readers could understand in two ways is refused.
namespace headgate::wire::http1 {

struct HeadLimits {
  std::size_t head_bytes = 64 * 1024;  ///< start line and fields with their line ends
  std::size_t fields = 100;
};

/// How the end of a message's body is found (RFC 9112 section 6.3).
enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

/// What HTTP/1 says beside the message itself. Valid for one hop.
struct Hop {
  std::size_t head_bytes = 0;      ///< the head's length in the buffer, its empty line included
  std::uint8_t minor_version = 1;  ///< 0 or 1
  Framing framing = Framing::kNone;
  std::uint64_t content_length = 0;  ///< for kLength, and for a response to HEAD or a 304 that states one
  bool has_content_length = false;
  bool keep_alive = true;        ///< the sender wants the connection to persist (RFC 9112 section 9.3)
  bool expect_continue = false;  ///< requests only
  bool upgrade = false;          ///< both Connection: upgrade and an Upgrade field are there
};

enum class ParseState : std::uint8_t { kDone, kNeedMore, kRefused };

/// Why a head was refused: the status that answers it (for a request; 502 for a response) and a short English reason.
struct Refusal {
  std::uint16_t status = 400;
  std::string_view reason;
};

/// Parses one request head from the start of `buffer`. Leading empty lines (at most 2) are skipped and counted into
/// head_bytes. kNeedMore: call again with more bytes behind the same ones (which may have moved); `scanned` carries
/// what is already known over (start it at 0; a caller must reset it to 0 for a new head), so that a head arriving byte
/// by byte costs linear time. What is refused is so whatever the pieces it came in: control characters, a head that
/// begins like no request and limits in bytes at once, the rest at the latest with the head's end. kRefused fills
/// `refusal`: 400 malformed, 414 request line over the limit, 431 head or field count over it, 501 for a transfer
/// coding that is not chunked, 505 for a version other than 1.0 and 1.1, 417 for an unknown expectation. On kDone the
/// target is split, the path normalised, Host checked (exactly one in HTTP/1.1; an absolute-form target wins over it),
/// framing decided.
ParseState parse_request_head(std::string_view buffer, const HeadLimits& limits, std::size_t& scanned,
                              base::Arena& arena, http::RequestHead& head, Hop& hop, Refusal& refusal);

/// The same for a response to a request of method `request_method` (it decides the framing).
ParseState parse_response_head(std::string_view buffer, const HeadLimits& limits, std::size_t& scanned,
                               http::Method request_method, http::ResponseHead& head, Hop& hop, Refusal& refusal);

}  // namespace headgate::wire::http1
