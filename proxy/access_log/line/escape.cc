#include "proxy/access_log/line/escape.h"

#include <cstring>

namespace headgate::proxy::access_log::line {
namespace {

constexpr bool is_plain_char(unsigned char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// The length of the well-formed UTF-8 sequence of two bytes or more at the start of `text` (table 3-7 of the Unicode
// standard: no overlong form, no surrogate, nothing beyond U+10FFFF), or 0.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : (lead & 0xf0) == 0xe0        ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
  if (lead == 0xe0) second_min = 0xa0;
  if (lead == 0xed) second_max = 0x9f;
  if (lead == 0xf0) second_min = 0x90;
  if (lead == 0xf4) second_max = 0x8f;
  if (byte(1) < second_min || byte(1) > second_max) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

char* write_hex(unsigned char byte, char* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  *out++ = kDigits[byte >> 4];
  *out++ = kDigits[byte & 15];
  return out;
}

}  // namespace

// Without an early exit, so that the compiler tests sixteen at once.
bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= is_plain_char(static_cast<unsigned char>(c));
  return plain;
}

char* write_escaped_json(std::string_view text, char* out) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    if (is_plain_char(c)) {
      *out++ = text.front();
    } else if (c == '"' || c == '\\') {
      *out++ = '\\';
      *out++ = text.front();
    } else if (const std::size_t sequence = utf8_sequence(text); sequence > 0) {
      std::memcpy(out, text.data(), sequence);
      out += sequence;
      taken = sequence;
    } else {
      std::memcpy(out, "\\u00", 4);
      out = write_hex(c, out + 4);
    }
    text.remove_prefix(taken);
  }
  return out;
}

char* write_escaped_text(std::string_view text, char* out) {
  for (const char c : text) {
    if (is_plain_char(static_cast<unsigned char>(c))) {
      *out++ = c;
    } else if (c == '"' || c == '\\') {
      *out++ = '\\';
      *out++ = c;
    } else {
      *out++ = '\\';
      *out++ = 'x';
      out = write_hex(static_cast<unsigned char>(c), out);
    }
  }
  return out;
}

}  // namespace headgate::proxy::access_log::line
