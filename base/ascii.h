#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// ASCII text as protocols use it: no locale, no allocation unless a std::string is returned.
namespace headgate::base {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// 0 to 15, or -1 for what is no hexadecimal digit.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

namespace ascii_detail {

inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> is_token{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) is_token[static_cast<unsigned char>(c)] = true;
  for (int c = 0; c < 128; ++c) {
    if (is_digit(static_cast<char>(c)) || is_alpha(static_cast<char>(c))) is_token[static_cast<std::size_t>(c)] = true;
  }
  return is_token;
}();

}  // namespace ascii_detail

/// tchar of RFC 9110 section 5.6.2: what method and field names are made of.
constexpr bool is_token_char(char c) {
  return ascii_detail::kTokenChars[static_cast<unsigned char>(c)];
}
constexpr bool is_token(std::string_view text) {
  for (char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Lowers the letters among `size` bytes, eight at a time: a byte's top bit says of its low seven whether adding to
/// them went beyond 'A' - 1, and beyond 'Z'.
inline void lower_in_place(char* text, std::size_t size) {
  constexpr std::uint64_t kEach = 0x0101'0101'0101'0101;
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text + at, sizeof word);
    const std::uint64_t low = word & 0x7f * kEach;
    const std::uint64_t from_a = low + (0x80 - 'A') * kEach;
    const std::uint64_t beyond_z = low + (0x7f - 'Z') * kEach;
    word |= (from_a & ~beyond_z & ~word & 0x80 * kEach) >> 2;
    std::memcpy(text + at, &word, sizeof word);
  }
  for (; at < size; ++at) text[at] = to_lower(text[at]);
}

inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// Without leading and trailing spaces and tabs (OWS of RFC 9110 section 5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The whole of `text` as a decimal number; nothing for an empty text, a sign, any other character, or an overflow.
template <class Integer>
std::optional<Integer> parse_decimal(std::string_view text) {
  Integer value{};
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const char* end = text.data() + text.size();
  const std::from_chars_result parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace headgate::base
