#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/http/field.h"

namespace headgate::wire::http1 {

/// Takes a chunked body apart (RFC 9112 section 7.1) as it arrives, without copying it.
///
///     ChunkedDecoder::Step step = decoder.decode(input);   // call until input is used up or it is done
///     forward(step.data);  input.remove_prefix(step.consumed);
///
/// Strict: 1 to 16 hex digits, a chunk of at most 2^63-1 bytes, CRLF only, extensions skipped and bounded over the
/// whole body, trailers parsed like a head's fields, bounded in bytes (the empty line included) and number, and
/// stripped of the fields that must not come there: framing, routing, hop-by-hop, authentication and those that say how
/// to treat the message (RFC 9110 section 6.5.1).
class ChunkedDecoder {
 public:
  enum class State : std::uint8_t { kMore, kDone, kMalformed };
  struct Step {
    std::string_view data;     ///< body bytes inside the input; may be empty
    std::size_t consumed = 0;  ///< input bytes that need not be shown again
    State state = State::kMore;
  };

  ChunkedDecoder() = default;
  ChunkedDecoder(const ChunkedDecoder&) = delete;
  ChunkedDecoder& operator=(const ChunkedDecoder&) = delete;

  /// Decodes from the start of `input` up to the end of the next run of data. kMore without data: the input is used up.
  /// kDone: the body and its trailers are complete, what follows in the input is the next message.
  Step decode(std::string_view input);

  /// The trailers, once done; views into memory that this decoder owns.
  const http::Fields& trailers() const { return trailers_; }
  void reset();

  static constexpr std::size_t kExtensionBytesMax = 4096;
  static constexpr std::size_t kTrailerBytesMax = 16 * 1024;
  static constexpr std::size_t kTrailerFieldsMax = 100;

 private:
  enum class Phase : std::uint8_t {
    kSize,
    kBeforeExtension,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
    kDone,
    kMalformed
  };
  const char* take_size(const char* p, const char* end);
  const char* take_extension(const char* p, const char* end);
  const char* take_trailer(const char* p, const char* end);
  void close_trailers();

  http::Fields trailers_;
  std::string trailer_text_;  // complete before it is parsed: the fields are views into it
  std::uint64_t chunk_left_ = 0;
  std::size_t extension_bytes_ = 0;
  std::uint8_t size_digits_ = 0;
  Phase phase_ = Phase::kSize;
};

/// Room for the size line of one chunk: 16 hex digits and CRLF.
inline constexpr std::size_t kChunkHeadBytesMax = 18;
/// Writes "1f4\r\n" for a chunk of `bytes` (> 0); returns its length. The chunk's data is followed by "\r\n".
std::size_t write_chunk_head(std::uint64_t bytes, char* out);
/// What ends a body without trailers.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace headgate::wire::http1
