#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

// HAProxy's PROXY protocol, versions 1 and 2 (proxy-protocol.txt of HAProxy).
namespace headgate::wire::proxy_protocol {

enum class ParseState : std::uint8_t { kDone, kNeedMore, kMalformed };

struct Header {
  /// LOCAL, UNKNOWN, UNSPEC or a unix client without a name: the connection's own addresses hold.
  bool local = false;
  base::Endpoint source;
  base::Endpoint destination;
  std::size_t bytes = 0;  ///< the header's length in the buffer
};

/// No v2 header is longer, its 16 fixed bytes included: one that says so is malformed.
inline constexpr std::size_t kHeaderBytesMax = 4096;
/// No v1 line is longer, its CRLF included (section 2.1).
inline constexpr std::size_t kLineBytesMax = 107;

/// Parses a v1 or v2 header at the start of `buffer`; which of the two is seen from the first byte. Strict: one space,
/// no leading zeros and CRLF in v1; stream sockets, a known address family and whole TLVs in v2. TLVs are skipped, but
/// a CRC32C TLV (at most one) must be right. What cannot become a header any more is malformed at once. `header` is
/// filled on kDone alone.
ParseState parse(std::string_view buffer, Header& header);

}  // namespace headgate::wire::proxy_protocol
