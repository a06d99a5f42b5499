#include "proxy/dns/zone/master_file/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace headgate::proxy::dns::zone::master_file {
namespace {

using wire::dns::Name;

constexpr std::size_t kStringBytesMax = 255;
constexpr std::size_t kDataBytesMax = 65'535;

/// A dot that no '\' stands before.
bool ends_in_dot(std::string_view text) {
  bool is_dot = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    is_dot = text[at] == '.';
    if (text[at] == '\\') ++at;
  }
  return is_dot;
}

std::uint32_t seconds_of_unit(char unit) {
  switch (base::to_lower(unit)) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 60 * 60;
    case 'd':
      return 24 * 60 * 60;
    case 'w':
      return 7 * 24 * 60 * 60;
    default:
      return 0;
  }
}

/// The bytes of a string that has "\X" and "\DDD"; nothing where a '\' stands before neither.
std::optional<std::string> without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    if (!base::is_digit(text[at])) {
      out += text[at];
      continue;
    }
    const std::optional<std::uint32_t> value = base::parse_decimal<std::uint32_t>(text.substr(at, 3));
    if (text.size() - at < 3 || !value || *value > 255) return std::nullopt;
    out += static_cast<char>(*value);
    at += 2;
  }
  return out;
}

}  // namespace

std::optional<std::uint32_t> ttl_of(std::string_view text) {
  if (text.empty() || !base::is_digit(text.front())) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto is_digit = [](char c) { return base::is_digit(c); };
    const std::size_t digits =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    const std::optional<std::uint32_t> value = base::parse_decimal<std::uint32_t>(text.substr(0, digits));
    if (!value) return std::nullopt;
    text.remove_prefix(digits);
    const std::uint32_t unit = text.empty() ? 1 : seconds_of_unit(text.front());
    if (unit == 0) return std::nullopt;
    if (!text.empty()) text.remove_prefix(1);
    total += std::uint64_t{*value} * unit;
    if (total > kTtlSecondsMax) return std::nullopt;
  }
  return static_cast<std::uint32_t>(total);
}

base::Result<Name> name_of(std::string_view text, const Name& origin) {
  if (text == "@") return origin;
  if (text == "." || ends_in_dot(text)) return Name::parse(text);
  const base::Result<Name> relative = Name::parse(text);
  if (!relative || origin.is_root()) return relative;
  return Name::parse(std::string(text) + "." + origin.text());
}

const Token* Words::take(std::string_view what) {
  if (problem_) return nullptr;
  if (is_at_end()) {
    fail(entry_.end, fmt::format("the record ends where {} should stand", what));
    return nullptr;
  }
  return &entry_.tokens[at_++];
}

std::string_view Words::text(std::string_view what) {
  const Token* const token = take(what);
  return token == nullptr ? std::string_view() : token->text;
}

Name Words::name(std::string_view what) {
  const Token* const token = take(what);
  if (token == nullptr) return {};
  base::Result<Name> name = name_of(token->text, origin_);
  if (name) return std::move(*name);
  fail(token->spot, fmt::format("expected {}: {}", what, name.error().message));
  return {};
}

std::uint32_t Words::number(std::string_view what, std::uint32_t max) {
  const Token* const token = take(what);
  if (token == nullptr) return 0;
  const std::optional<std::uint32_t> value = base::parse_decimal<std::uint32_t>(token->text);
  if (value && *value <= max) return *value;
  fail(token->spot, fmt::format("expected {}, a number from 0 to {}, found '{}'", what, max, token->text));
  return 0;
}

std::uint32_t Words::ttl(std::string_view what) {
  const Token* const token = take(what);
  if (token == nullptr) return 0;
  if (const std::optional<std::uint32_t> value = ttl_of(token->text)) return *value;
  fail(token->spot, fmt::format("expected {}, as 3600 or 1h, found '{}'", what, token->text));
  return 0;
}

std::string Words::string(std::string_view what) {
  const Token* const token = take(what);
  if (token == nullptr) return {};
  std::optional<std::string> bytes = without_escapes(token->text);
  if (!bytes) {
    fail(token->spot, "'\\' stands before a character, or three digits up to 255, as \\007");
  } else if (bytes->size() > kStringBytesMax) {
    fail(token->spot, fmt::format("a string of {} bytes, and one has at most {}; write it as several, one behind the "
                                  "other",
                                  bytes->size(), kStringBytesMax));
  } else {
    return std::move(*bytes);
  }
  return {};
}

std::string Words::hex(std::string_view what) {
  std::string out;
  int half = -1;
  while (const Token* const token = problem_ ? nullptr : peek()) {
    skip();
    for (const char c : token->text) {
      const int digit = base::hex_value(c);
      if (digit < 0) {
        fail(token->spot, fmt::format("expected {} in hexadecimal digits, found '{}'", what, token->text));
        return {};
      }
      if (half >= 0) out += static_cast<char>(half << 4 | digit);
      half = half >= 0 ? -1 : digit;
    }
    if (out.size() > kDataBytesMax) fail(token->spot, fmt::format("{} is over {} bytes", what, kDataBytesMax));
  }
  if (half >= 0) fail(entry_.end, fmt::format("{} has an odd number of hexadecimal digits", what));
  return out;
}

void Words::end() {
  if (problem_ || is_at_end()) return;
  fail(spot(), fmt::format("'{}' is more than the record has; a comment begins with ';'", peek()->text));
}

}  // namespace headgate::proxy::dns::zone::master_file
