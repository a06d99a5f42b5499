#pragma once
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace headgate::base {

namespace short_copy_detail {

template <std::size_t Bytes>
inline char* put_overlapping(char* out, const char* text, std::size_t size) {
  char front[Bytes];
  char back[Bytes];
  std::memcpy(front, text, Bytes);
  std::memcpy(back, text + size - Bytes, Bytes);
  std::memcpy(out, front, Bytes);
  std::memcpy(out + size - Bytes, back, Bytes);
  return out + size;
}

}  // namespace short_copy_detail

/// memcpy for the short texts of a message's head, whose sizes the compiler does not know: two moves that overlap
/// instead of a call. Returns the end of what was written; `out` must have the room.
inline char* put_short(char* out, std::string_view text) {
  using short_copy_detail::put_overlapping;
  const std::size_t size = text.size();
  if (size > 32) {
    std::memcpy(out, text.data(), size);
    return out + size;
  }
  if (size >= 16) return put_overlapping<16>(out, text.data(), size);
  if (size >= 8) return put_overlapping<8>(out, text.data(), size);
  if (size >= 4) return put_overlapping<4>(out, text.data(), size);
  if (size >= 2) return put_overlapping<2>(out, text.data(), size);
  if (size == 1) *out++ = text[0];
  return out;
}

namespace short_copy_detail {

inline constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

/// Of a number below 100, with one digit or two.
inline char* put_pair(char* out, std::uint64_t value) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  std::memcpy(out, &kPairs[2 * value], 2);
  return out + 2;
}

}  // namespace short_copy_detail

/// A number in decimal digits; `out` must have room for 20. Returns the end of what was written. Lengths and ages are
/// mostly short.
inline char* put_decimal(char* out, std::uint64_t value) {
  using short_copy_detail::kPairs;
  if (value < 100) return short_copy_detail::put_pair(out, value);
  if (value >= 1'000'000) return std::to_chars(out, out + 20, value).ptr;
  if (value >= 10'000) {
    out = short_copy_detail::put_pair(out, value / 10'000);
    value %= 10'000;
    std::memcpy(out, &kPairs[2 * (value / 100)], 2);
    out += 2;
  } else {
    out = short_copy_detail::put_pair(out, value / 100);
  }
  std::memcpy(out, &kPairs[2 * (value % 100)], 2);
  return out + 2;
}

}  // namespace headgate::base
