#pragma once
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

/// A number in decimal digits; `out` must have room for 20. Returns the end of what was written.
inline char* put_decimal(char* out, std::uint64_t value) {
  constexpr std::size_t kDigitsMax = 20;
  char digits[kDigitsMax];
  char* first = digits + kDigitsMax;
  do {
    *--first = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return put_short(out, {first, static_cast<std::size_t>(digits + kDigitsMax - first)});
}

}  // namespace headgate::base
