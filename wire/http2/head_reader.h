#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/http2/stream.h"

namespace headgate::wire::http2 {

struct HeadLimits {
  std::size_t head_bytes = 64 * 1024;  ///< counted as HTTP/1 would write it: name, value and four bytes for each field
  std::size_t fields = 100;            ///< pseudo-fields are not counted
};

/// Makes a head of the fields that HPACK gave, one after the other, and holds it to the rules that HTTP/1's parser
/// holds its heads to: afterwards a head does not tell by which version it came. What RFC 9113 calls malformed is told
/// apart from what is well made and not served. Names and values were checked for forbidden characters before they get
/// here, pseudo-fields for repetition and order. One for each session, since heads do not interleave.
class HeadReader {
 public:
  enum class Verdict : std::uint8_t { kFine, kMalformed, kFlood };
  /// A head so far over the limit is no mistake any more: not even answering it is worth the unpacking.
  static constexpr std::size_t kFloodFactor = 4;

  explicit HeadReader(const HeadLimits& limits) : limits_(limits) {}

  void begin(const Stream::Place& place, bool is_trailers);
  /// A field, pseudo or not; its name is in lower case.
  Verdict add(std::string_view name, std::string_view value);

  /// At the head's end. False: malformed (RFC 9113 section 8.1.1).
  bool finish_request(HeadFacts& facts);
  bool finish_response(HeadFacts& facts);
  /// Drops what a trailer section may not hold (RFC 9110 section 6.5.1). False: over the limits.
  bool finish_trailers();

 private:
  Verdict add_pseudo(std::string_view name, std::string_view value);
  void store(std::string_view name, std::string_view value, http::FieldId id);
  http::Fields& fields();
  bool read_authority(HeadFacts& facts);
  void read_method(HeadFacts& facts);
  void read_target(HeadFacts& facts);
  void read_expectation(HeadFacts& facts);
  void join_cookies();

  const HeadLimits limits_;
  Stream::Place place_;
  bool is_trailers_ = false;
  bool too_many_fields_ = false;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  std::size_t cookies_ = 0;
  std::string_view method_;
  std::string_view scheme_;
  std::string_view authority_;
  std::string_view path_;
  std::string_view protocol_;
  std::string_view status_;
};

}  // namespace headgate::wire::http2
