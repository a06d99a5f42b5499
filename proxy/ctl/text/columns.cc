#include "proxy/ctl/text/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proxy/ctl/text/characters.h"

namespace headgate::proxy::ctl::text {
namespace {

constexpr std::string_view kEllipsis = "…";

/// Marks that turn the direction of writing, and line separators: a line with them shows other than it reads.
bool is_deceiving(char32_t code) {
  return code == 0x61C || (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// The longest start of `text` within `columns`.
std::string_view start_of(std::string_view text, int columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Character next = first_character(text.substr(at));
    const int width = columns_of(next.code);
    if (width > columns) break;
    columns -= width;
    at += next.bytes;
  }
  return text.substr(0, at);
}

/// The longest end of `text` within `columns`.
std::string_view end_of(std::string_view text, int columns) {
  int all = columns_of(text);
  while (!text.empty()) {
    const Character next = first_character(text);
    // A combining character whose base was dropped goes with it.
    if (all <= columns && columns_of(next.code) > 0) break;
    all -= columns_of(next.code);
    text.remove_prefix(next.bytes);
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.code < 0x20 || (next.code >= 0x7F && next.code <= 0x9F)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(next.code));
    } else if (is_deceiving(next.code)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(next.code));
    } else {
      append(out, next.code);
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Character next = first_character(json);
    const bool is_control = next.code >= 0x7F && next.code <= 0x9F;
    if (is_control || is_deceiving(next.code)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(next.code));
    } else {
      append(out, next.code);
    }
    json.remove_prefix(next.bytes);
  }
  return out;
}

int columns_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    columns += columns_of(next.code);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string cut_end(std::string_view text, int columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns <= 0) return {};
  return std::string(start_of(text, columns - 1)).append(kEllipsis);
}

std::string cut_middle(std::string_view text, int columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns <= 0) return {};
  const int behind = (columns - 1) / 2;
  return std::string(start_of(text, columns - 1 - behind)).append(kEllipsis).append(end_of(text, behind));
}

std::string filled_right(std::string_view text, int columns) {
  return std::string(text).append(static_cast<std::size_t>(std::max(0, columns - columns_of(text))), ' ');
}

std::string filled_left(std::string_view text, int columns) {
  return std::string(static_cast<std::size_t>(std::max(0, columns - columns_of(text))), ' ').append(text);
}

std::vector<std::string> wrapped(std::string_view text, int columns) {
  columns = std::max(columns, 2);  // room for any one character
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > columns) lines.push_back(std::exchange(line, {}));
    while (columns_of(word) > columns) {
      const std::string_view start = start_of(word, columns);
      lines.emplace_back(start);
      word.remove_prefix(start.size());
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string ascii_only(std::string_view text) {
  constexpr std::string_view kBars = ".:-=+*#@";
  std::string out;
  while (!text.empty()) {
    const Character next = first_character(text);
    text.remove_prefix(next.bytes);
    if (next.code < 0x80) {
      out += static_cast<char>(next.code);
    } else if (next.code >= 0x2581 && next.code <= 0x2588) {
      out += kBars[next.code - 0x2581];
    } else if (next.code == 0x2026) {
      out += '~';
    } else if (next.code >= 0x2500 && next.code <= 0x257F) {
      out += '-';
    } else {
      out.append(static_cast<std::size_t>(columns_of(next.code)), '?');
    }
  }
  return out;
}

}  // namespace headgate::proxy::ctl::text
