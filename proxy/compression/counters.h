#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/counters.h"
#include "wire/coding/coding.h"

namespace headgate::proxy::compression {

/// Why an answer of a route that compresses went out as it came. Answers that have no body to compress (HEAD, 204, 304,
/// an upgrade) are none of these.
enum class Skip : std::uint8_t {
  kNone,            ///< it is compressed
  kNotAccepted,     ///< the client takes none of the route's algorithms
  kType,            ///< its type is not among the route's, or it has none
  kSmall,           ///< shorter than min_size
  kEncoded,         ///< it has a Content-Encoding already
  kNoTransform,     ///< Cache-Control: no-transform, of the answer or of the request
  kPartial,         ///< 206, or it has a Content-Range
  kBusy,            ///< the worker's memory for encoders is all in use
  kIncompressible,  ///< it would not have become smaller
};
inline constexpr std::size_t kSkips = 9;

/// As a metric's label has it.
constexpr std::string_view to_string(Skip skip) {
  constexpr std::array<std::string_view, kSkips> kNames = {
      "none", "not_accepted", "type", "small", "encoded", "no_transform", "partial", "busy", "incompressible"};
  return kNames[static_cast<std::size_t>(skip)];
}

/// What one worker counted of one route that compresses.
struct Counters {
  struct OfCoding {
    base::Counter answers;
    base::Counter bytes_in;   ///< of bodies, before
    base::Counter bytes_out;  ///< and after
  };
  std::array<OfCoding, wire::coding::kCodings> codings;  ///< that of kIdentity stays empty
  std::array<base::Counter, kSkips> skipped;             ///< that of kNone stays empty

  OfCoding& of(wire::coding::Coding coding) { return codings[static_cast<std::size_t>(coding)]; }
  const OfCoding& of(wire::coding::Coding coding) const { return codings[static_cast<std::size_t>(coding)]; }
};

}  // namespace headgate::proxy::compression
