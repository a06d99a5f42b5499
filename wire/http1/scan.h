#pragma once
#include <array>
#include <bit>
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

/// The first byte that cannot be in a field value, or `end`.
inline const char* value_end(const char* p, const char* end) {
  const __m128i highest_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = load_16(p);
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, highest_control), bytes);
    const __m128i refused =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), controls), _mm_cmpeq_epi8(bytes, del));
    const auto hits = static_cast<unsigned>(_mm_movemask_epi8(refused));
    if (hits != 0) return p + std::countr_zero(hits);
  }
  return skip_class(p, end, kValueByte);
}

/// The first byte that is not VCHAR, or `end`.
inline const char* target_end(const char* p, const char* end) {
  const __m128i lowest = _mm_set1_epi8(0x21);
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = load_16(p);
    // Signed: obs-text is below 0x21 too.
    const __m128i refused = _mm_or_si128(_mm_cmplt_epi8(bytes, lowest), _mm_cmpeq_epi8(bytes, del));
    const auto hits = static_cast<unsigned>(_mm_movemask_epi8(refused));
    if (hits != 0) return p + std::countr_zero(hits);
  }
  return skip_class(p, end, kTargetByte);
}

/// The first byte that is not tchar, or `end`. Letters and hyphens, of which names are made, go the fast way.
inline const char* token_end(const char* p, const char* end) {
  const __m128i case_bit = _mm_set1_epi8(0x20);
  const __m128i first = _mm_set1_epi8('a');
  const __m128i letters = _mm_set1_epi8(25);
  const __m128i hyphen = _mm_set1_epi8('-');
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = load_16(p);
    const __m128i place = _mm_sub_epi8(_mm_or_si128(bytes, case_bit), first);
    const __m128i fits =
        _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(place, letters), place), _mm_cmpeq_epi8(bytes, hyphen));
    const auto others = static_cast<unsigned>(_mm_movemask_epi8(fits)) ^ 0xffffU;
    if (others == 0) continue;
    p += std::countr_zero(others);
    if (*p == ':') return p;
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
