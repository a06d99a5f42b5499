#include "config/yaml/characters.h"

namespace headgate::config::yaml {
namespace {

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

bool is_continuation(unsigned char c) {
  return (c & 0xc0) == 0x80;
}

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_continuation(second) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && is_continuation(byte(2)) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high && is_continuation(byte(2)) && is_continuation(byte(3)) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> first_forbidden_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text.substr(at, 4));
    const char c = text[at];
    if (length == 0 || (is_control(static_cast<unsigned char>(c)) && c != '\t' && c != '\n' && c != '\r')) return at;
    at += length;
  }
  return std::nullopt;
}

bool is_printable(std::string_view text) {
  return !first_forbidden_byte(text) && text.find_first_of("\t\n\r") == std::string_view::npos;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kBytesShown = 60;
  std::size_t shown = text.size();
  if (shown > kBytesShown) {
    shown = kBytesShown;
    while (shown > 0 && is_continuation(static_cast<unsigned char>(text[shown]))) --shown;
  }
  std::string out = "'";
  for (char c : text.substr(0, shown)) out += is_control(static_cast<unsigned char>(c)) ? '?' : c;
  if (shown < text.size()) out += "...";
  return out + "'";
}

}  // namespace headgate::config::yaml
