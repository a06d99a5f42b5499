#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/ascii.h"

// Looking for the end of the three kinds of text in a head, 16 bytes at a time where the processor can (SSE2 is part of
// x86-64). Nothing is read outside [p, end).
namespace headgate::wire::http1 {

enum ByteClass : std::uint8_t {
  kTokenByte = 1,   ///< tchar, RFC 9110 section 5.6.2
  kValueByte = 2,   ///< of a field value, RFC 9110 section 5.5: HTAB, SP, VCHAR, obs-text
  kTargetByte = 4,  ///< VCHAR; which of them a target may hold, parse_target knows
};

constexpr std::array<std::uint8_t, 256> classify_bytes() {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (base::is_token_char(static_cast<char>(i))) out[i] |= kTokenByte;
    if (i == '\t' || (i >= 0x20 && i != 0x7f)) out[i] |= kValueByte;
    if (i > 0x20 && i < 0x7f) out[i] |= kTargetByte;
  }
  return out;
}
inline constexpr std::array<std::uint8_t, 256> kByteClass = classify_bytes();

inline bool is_of_class(char c, ByteClass wanted) {
  return (kByteClass[static_cast<std::uint8_t>(c)] & wanted) != 0;
}

inline const char* skip_class(const char* p, const char* end, ByteClass wanted) {
  while (p != end && is_of_class(*p, wanted)) ++p;
  return p;
}

#if defined(__SSE2__)

inline __m128i load_16(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

/// The place of the lowest bit; `bits` is not zero. (std::countr_zero tests for zero, three times a field line.)
inline int lowest_bit(unsigned bits) {
  return __builtin_ctz(bits);
}

/// The bytes below `lowest`, DEL, and those above it, as bits.
inline unsigned unlike_text(__m128i bytes, char lowest) {
  // The comparison is signed, so obs-text is found below too.
  const __m128i below = _mm_cmpgt_epi8(_mm_set1_epi8(lowest), bytes);
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(below, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)))));
}

/// The first byte that cannot be in a field value, or `end`. HTAB and obs-text are rare in values and go the slow way.
inline const char* value_end(const char* p, const char* end) {
  while (end - p >= 16) {
    const unsigned hits = unlike_text(load_16(p), 0x20);
    if (hits == 0) {
      p += 16;
      continue;
    }
    const char* const hit = p + lowest_bit(hits);
    if (!is_of_class(*hit, kValueByte)) [[likely]]
      return hit;
    const char* const stop = p + 16;
    p = skip_class(hit, stop, kValueByte);
    if (p != stop) return p;
  }
  return skip_class(p, end, kValueByte);
}

/// The first byte that is not VCHAR, or `end`.
inline const char* target_end(const char* p, const char* end) {
  for (; end - p >= 16; p += 16) {
    const unsigned hits = unlike_text(load_16(p), 0x21);
    if (hits != 0) return p + lowest_bit(hits);
  }
  return skip_class(p, end, kTargetByte);
}

/// The first byte that is not tchar, or `end`. Letters and hyphens, of which names are made, go the fast way.
inline const char* token_end(const char* p, const char* end) {
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = load_16(p);
    const __m128i place = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i letters = _mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8(25)), place);
    const __m128i fits = _mm_or_si128(letters, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    const unsigned others = static_cast<unsigned>(_mm_movemask_epi8(fits)) ^ 0xffffU;
    if (others == 0) continue;
    p += lowest_bit(others);
    if (*p == ':') [[likely]]
      return p;
    break;
  }
  return skip_class(p, end, kTokenByte);
}

#else

inline const char* value_end(const char* p, const char* end) {
  return skip_class(p, end, kValueByte);
}
inline const char* target_end(const char* p, const char* end) {
  return skip_class(p, end, kTargetByte);
}
inline const char* token_end(const char* p, const char* end) {
  return skip_class(p, end, kTokenByte);
}

#endif

}  // namespace headgate::wire::http1
