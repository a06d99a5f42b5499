#pragma once
#include <cstdint>
#include <optional>

#include "proxy/cache/rules/meta.h"
#include "proxy/message/semantics/byte_ranges.h"
#include "wire/http/messages.h"

// Ranges, and responses of which only a part is stored (RFC 9111 sections 3.3 and 3.4). Pure arithmetic.
namespace headgate::proxy::cache::rules {

using message::semantics::ByteRange;
using message::semantics::ByteRanges;

/// What a stored response that may be reused has for a request.
struct RangeAnswer {
  enum class Kind : std::uint8_t {
    kWhole,          ///< all that is stored, with its own status
    kPartial,        ///< 206 with `ranges`, all of which are stored
    kUnsatisfiable,  ///< 416
    kNotStored,      ///< some of it is not stored: to be fetched
  };
  Kind kind = Kind::kWhole;
  ByteRanges ranges;
  /// With kNotStored: the one piece that is missing to what the request wants. Nothing: there is more than one hole, or
  /// the parts could not be put together since what is stored has no strong ETag. Then the request goes as it came.
  std::optional<ByteRange> missing;
};

/// `whole_bytes`: the length of the whole, stored or not; `ignores_range`: what evaluate_conditions() said of If-Range.
/// Only GET has ranges, and only of a 200 or 206. A part that is stored answers no request for the whole.
RangeAnswer answer_range(const wire::http::RequestHead& request, const Meta& meta, std::uint64_t whole_bytes,
                         bool ignores_range);

/// The two as one; nothing if bytes lie between them that neither has.
std::optional<ByteRange> united(const ByteRange& a, const ByteRange& b);

/// What `wanted` has that `had` has not; nothing if that is nothing or two pieces.
std::optional<ByteRange> one_piece_missing(const ByteRange& wanted, const ByteRange& had);

/// Section 3.4: whether a 206 that was judged storable belongs with what is stored: the same strong ETag and the same
/// length of the whole.
bool can_be_combined(const wire::http::Fields& stored, const Meta& stored_meta, const wire::http::Fields& part,
                     const Meta& part_meta);

}  // namespace headgate::proxy::cache::rules
