#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

// HAProxy's PROXY protocol, versions 1 and 2 (proxy-protocol.txt of HAProxy).
namespace headgate::wire::proxy_protocol {

enum class ParseState : std::uint8_t { kDone, kNeedMore, kMalformed };

struct Header {
  bool local = false;  ///< LOCAL or UNKNOWN: the connection's own addresses hold
  base::Endpoint source;
  base::Endpoint destination;
  std::size_t bytes = 0;  ///< the header's length in the buffer
};

/// A v2 header may be this long (its length field is bounded to it: TLVs beyond that are refused); v1 is at most 107.
inline constexpr std::size_t kHeaderBytesMax = 4096;

/// Parses a v1 or v2 header at the start of `buffer`. TLVs are skipped; a CRC32C TLV is checked.
ParseState parse(std::string_view buffer, Header& header);

}  // namespace headgate::wire::proxy_protocol
