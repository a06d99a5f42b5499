#include "proxy/explain/text_layout.h"

#include <algorithm>

namespace headgate::proxy::explain {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::string harmless(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

/// The bytes of as many characters of `text` as fit into `columns`; at least one character.
std::size_t bytes_within(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t next = at + 1;
    while (next < text.size() && continues_character(text[next])) ++next;
    if (used == columns && at > 0) break;
    ++used;
    at = next;
  }
  return at;
}

/// The first line's worth of `text`, which is cut off it with the spaces behind.
std::string_view take_line(std::string_view& text, std::size_t columns) {
  std::size_t fits = bytes_within(text, columns);
  if (fits < text.size() && text[fits] != ' ') {
    const std::size_t space = text.substr(0, fits).rfind(' ');
    if (space != std::string_view::npos && space > 0) fits = space;
  }
  std::string_view line = text.substr(0, fits);
  text.remove_prefix(fits);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

std::string_view sequence_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kWarn:
      return "\x1b[33m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kStrong:
      return "\x1b[1m";
  }
  return "";
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string out(text);
  const std::size_t used = columns_of(text);
  if (used < columns) out.append(columns - used, ' ');
  return out;
}

std::string Page::painted(std::string_view text, Tone tone) const {
  if (!style_.color || tone == Tone::kPlain || text.empty()) return std::string(text);
  return std::string(sequence_of(tone)) + std::string(text) + "\x1b[0m";
}

void Page::wrapped(std::string first, std::size_t indent, std::string_view text, Tone tone) {
  const std::string clean = harmless(text);
  std::string_view rest = clean;
  const std::size_t columns = style_.columns > indent + 8 ? style_.columns - indent : 8;
  do {
    out_ += first;
    out_ += painted(take_line(rest, columns), tone);
    while (out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
    first.assign(indent, ' ');
  } while (!rest.empty());
}

void Page::row(std::string_view label, std::string_view text, Tone tone) {
  const std::string shown = painted(label, Tone::kStrong);
  const std::size_t used = columns_of(label);
  wrapped(shown + std::string(kLabelColumns - std::min(used, kLabelColumns), ' '), kLabelColumns, text, tone);
}

void Page::item(std::string_view mark, std::string_view text, Tone tone, std::size_t depth) {
  const std::size_t indent = kLabelColumns + 2 * depth;
  wrapped(std::string(indent, ' ') + painted(padded(mark, 1), tone) + ' ', indent + 2, text, tone);
}

void Page::line(std::string_view text, Tone tone) {
  wrapped("", 0, text, tone);
}

}  // namespace headgate::proxy::explain
