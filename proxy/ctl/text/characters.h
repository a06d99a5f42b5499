#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::proxy::ctl::text {

inline constexpr char32_t kReplacement = 0xFFFD;

/// One character of a text: which, and how many bytes it took. What is not UTF-8 (RFC 3629: no overlong form, no
/// surrogate, nothing above U+10FFFF) is kReplacement, one byte at a time.
struct Character {
  char32_t code = kReplacement;
  std::size_t bytes = 1;
};

/// The character at the start of `text`, which is not empty.
Character first_character(std::string_view text);

/// 0, 1 or 2 columns of a terminal.
int columns_of(char32_t code);

void append(std::string& out, char32_t code);

}  // namespace headgate::proxy::ctl::text
