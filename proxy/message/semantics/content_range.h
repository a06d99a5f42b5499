#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/message/semantics/byte_ranges.h"

namespace headgate::proxy::message::semantics {

/// Content-Range (RFC 9110 section 14.4), unit bytes.
struct ContentRange {
  std::optional<ByteRange> range;      ///< nothing: unsatisfied, "bytes */10"
  std::optional<std::uint64_t> whole;  ///< nothing: not known, "bytes 0-4/*"
};

/// Nothing for another unit, for what is malformed, and for a range that does not lie in its whole.
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace headgate::proxy::message::semantics
