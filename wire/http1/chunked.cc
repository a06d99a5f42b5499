#include "wire/http1/chunked.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "base/ascii.h"
#include "wire/http/trailers.h"
#include "wire/http1/field_lines.h"
#include "wire/http1/scan.h"

namespace headgate::wire::http1 {
namespace {

using http::FieldId;
using http::Fields;

constexpr std::uint64_t kChunkBytesMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint8_t kSizeDigitsMax = 16;
/// A trailer's memory is kept from one body to the next up to this many bytes.
constexpr std::size_t kTrailerBytesKept = 256;

}  // namespace

const char* ChunkedDecoder::take_size(const char* p, const char* end) {
  for (; p != end; ++p) {
    const int digit = base::hex_value(*p);
    if (digit < 0) break;
    if (size_digits_ == kSizeDigitsMax) {
      phase_ = Phase::kMalformed;
      return p;
    }
    chunk_left_ = chunk_left_ << 4 | static_cast<std::uint64_t>(digit);
    ++size_digits_;
  }
  if (p == end) return p;
  if (size_digits_ == 0 || chunk_left_ > kChunkBytesMax) {
    phase_ = Phase::kMalformed;
  } else if (*p == '\r') {
    phase_ = Phase::kSizeLf;
  } else if (*p == ';') {
    phase_ = Phase::kExtension;
  } else if (*p == ' ' || *p == '\t') {
    phase_ = Phase::kBeforeExtension;
  } else {
    phase_ = Phase::kMalformed;
  }
  return p + 1;
}

const char* ChunkedDecoder::take_extension(const char* p, const char* end) {
  const char* const stop = value_end(p, end);
  extension_bytes_ += static_cast<std::size_t>(stop - p);
  if (extension_bytes_ > kExtensionBytesMax || (stop != end && *stop != '\r')) {
    phase_ = Phase::kMalformed;
    return stop;
  }
  if (stop == end) return stop;
  phase_ = Phase::kSizeLf;
  return stop + 1;
}

const char* ChunkedDecoder::take_trailer(const char* p, const char* end) {
  const void* found = std::memchr(p, '\n', static_cast<std::size_t>(end - p));
  const char* const stop = found == nullptr ? end : static_cast<const char*>(found) + 1;
  if (static_cast<std::size_t>(stop - p) > kTrailerBytesMax - trailer_text_.size()) {
    phase_ = Phase::kMalformed;
    return p;
  }
  trailer_text_.append(p, stop);
  if (found == nullptr) return stop;
  const std::string_view text = trailer_text_;
  if (!text.ends_with("\r\n")) {
    phase_ = Phase::kMalformed;
  } else if (text.size() == 2 || text.ends_with("\n\r\n")) {
    close_trailers();
  }
  return stop;
}

void ChunkedDecoder::close_trailers() {
  phase_ = Phase::kDone;
  if (trailer_text_.size() == 2) return;
  Cursor in{trailer_text_.data(), trailer_text_.data() + trailer_text_.size()};
  Refusal unused;
  if (parse_field_lines(in, kTrailerFieldsMax, trailers_, unused) != ParseState::kDone) phase_ = Phase::kMalformed;
  trailers_.remove_all(http::kNotInTrailers);
}

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input) {
  const char* p = input.data();
  const char* const end = p + input.size();
  Step step;
  while (p != end && step.data.empty() && phase_ < Phase::kDone) {
    switch (phase_) {
      case Phase::kSize:
        p = take_size(p, end);
        break;
      case Phase::kBeforeExtension:
        // RFC 9112 section 7.1.1: blanks may stand before the ';' of an extension, and before nothing else.
        phase_ = *p == ';' ? Phase::kExtension : *p == ' ' || *p == '\t' ? Phase::kBeforeExtension : Phase::kMalformed;
        if (++extension_bytes_ > kExtensionBytesMax) phase_ = Phase::kMalformed;
        ++p;
        break;
      case Phase::kExtension:
        p = take_extension(p, end);
        break;
      case Phase::kSizeLf:
        phase_ = *p != '\n' ? Phase::kMalformed : chunk_left_ == 0 ? Phase::kTrailer : Phase::kData;
        ++p;
        break;
      case Phase::kData:
        step.data = {p, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, end - p))};
        p += step.data.size();
        chunk_left_ -= step.data.size();
        if (chunk_left_ == 0) phase_ = Phase::kDataCr;
        break;
      case Phase::kDataCr:
        phase_ = *p++ == '\r' ? Phase::kDataLf : Phase::kMalformed;
        break;
      case Phase::kDataLf:
        phase_ = *p++ == '\n' ? Phase::kSize : Phase::kMalformed;
        size_digits_ = 0;
        break;
      case Phase::kTrailer:
        p = take_trailer(p, end);
        break;
      case Phase::kDone:
      case Phase::kMalformed:
        break;
    }
  }
  step.consumed = static_cast<std::size_t>(p - input.data());
  if (phase_ == Phase::kDone) step.state = State::kDone;
  if (phase_ == Phase::kMalformed) step.state = State::kMalformed;
  return step;
}

void ChunkedDecoder::reset() {
  trailers_.clear();
  trailer_text_.clear();
  if (trailer_text_.capacity() > kTrailerBytesKept) trailer_text_.shrink_to_fit();
  chunk_left_ = 0;
  extension_bytes_ = 0;
  size_digits_ = 0;
  phase_ = Phase::kSize;
}

std::size_t write_chunk_head(std::uint64_t bytes, char* out) {
  const int digits = (std::max(std::bit_width(bytes), decltype(std::bit_width(bytes)){1}) + 3) / 4;
  for (int i = 0; i < digits; ++i) out[i] = "0123456789abcdef"[bytes >> (4 * (digits - 1 - i)) & 15];
  out[digits] = '\r';
  out[digits + 1] = '\n';
  return static_cast<std::size_t>(digits) + 2;
}

}  // namespace headgate::wire::http1
