#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// What nearly all of a host or a path is made of is told in a few instructions for up to 16 bytes at once, where the
// processor can (SSE2 is part of x86-64); what stops there is for a slower and complete look. Nothing is read outside
// the text.
namespace headgate::wire::http {

/// The bytes at the start of `text` that are letters, digits, '-' or '.': a host, without a port. May stop early.
std::size_t usual_host_bytes(std::string_view text);
/// The same of letters, digits, '-', '_' and '/': a path, up to where a dot segment may begin.
std::size_t usual_path_bytes(std::string_view text);

#if defined(__SSE2__)

namespace usual_detail {

inline __m128i between(__m128i bytes, char first, char last) {
  const __m128i place = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8(static_cast<char>(last - first))), place);
}

inline __m128i letters(__m128i bytes) {
  return between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
}

inline unsigned unlike(__m128i usual) {
  return static_cast<unsigned>(_mm_movemask_epi8(usual)) ^ 0xffffU;
}

struct InHost {
  static unsigned others(__m128i bytes) {
    static_assert('-' + 1 == '.' && '.' + 1 == '/' && '/' + 1 == '0');
    const __m128i digits = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('/')), between(bytes, '-', '9'));
    return unlike(_mm_or_si128(letters(bytes), digits));
  }
};

struct InPath {
  static unsigned others(__m128i bytes) {
    const __m128i marks =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    return unlike(_mm_or_si128(_mm_or_si128(letters(bytes), marks), between(bytes, '/', '9')));
  }
};

inline __m128i load_16(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

/// The first and the last Half bytes of a text of Half to twice that, one behind the other: what is in both is looked
/// at twice, which changes no answer.
template <class Half>
__m128i load_ends(std::string_view text) {
  Half front;
  Half back;
  std::memcpy(&front, text.data(), sizeof front);
  std::memcpy(&back, text.data() + text.size() - sizeof back, sizeof back);
  if constexpr (sizeof(Half) == 8) {
    return _mm_set_epi64x(static_cast<std::int64_t>(back), static_cast<std::int64_t>(front));
  } else {
    return _mm_set_epi64x(0, static_cast<std::int64_t>(std::uint64_t{back} << 32 | front));
  }
}

template <class Class, class Half>
std::size_t count_in_ends(std::string_view text) {
  constexpr std::size_t kBytes = 2 * sizeof(Half);
  const unsigned others = Class::others(load_ends<Half>(text)) & ((1U << kBytes) - 1);
  if (others == 0) return text.size();
  const auto place = static_cast<std::size_t>(__builtin_ctz(others));
  return place < sizeof(Half) ? place : text.size() - kBytes + place;
}

template <class Class>
std::size_t count(std::string_view text) {
  const std::size_t size = text.size();
  if (size < 4) return 0;
  if (size < 8) return count_in_ends<Class, std::uint32_t>(text);
  if (size < 16) return count_in_ends<Class, std::uint64_t>(text);
  for (std::size_t at = 0;; at += 16) {
    if (at + 16 > size) {
      if (at == size) return size;
      at = size - 16;
    }
    const unsigned others = Class::others(load_16(text.data() + at));
    if (others != 0) return at + static_cast<std::size_t>(__builtin_ctz(others));
  }
}

}  // namespace usual_detail

inline std::size_t usual_host_bytes(std::string_view text) {
  return usual_detail::count<usual_detail::InHost>(text);
}
inline std::size_t usual_path_bytes(std::string_view text) {
  return usual_detail::count<usual_detail::InPath>(text);
}

#else

inline std::size_t usual_host_bytes(std::string_view) {
  return 0;
}
inline std::size_t usual_path_bytes(std::string_view) {
  return 0;
}

#endif

}  // namespace headgate::wire::http
