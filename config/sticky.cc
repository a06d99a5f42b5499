#include "config/sticky.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/ascii.h"
#include "config/files.h"

namespace headgate::config {
namespace {

constexpr std::size_t kDigits = 2 * std::tuple_size_v<StickyKey>;

base::Error invalid_keys(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

bool read_key(std::string_view line, StickyKey& out) {
  if (line.size() != kDigits) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char* const digits = line.data() + 2 * i;
    const auto [stopped, error] = std::from_chars(digits, digits + 2, out[i], 16);
    if (error != std::errc() || stopped != digits + 2) return false;
  }
  return true;
}

}  // namespace

base::Result<StickyKeys> parse_sticky_keys(std::string_view text) {
  StickyKeys keys;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = base::trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    StickyKey key{};
    if (!read_key(line, key)) {
      return invalid_keys(fmt::format("line {} is no key of {} hexadecimal digits; `openssl rand -hex {}` makes one",
                                      number, kDigits, key.size()));
    }
    if (std::ranges::find(keys, key) != keys.end()) return invalid_keys(fmt::format("line {} is there twice", number));
    if (keys.size() == kStickyKeysMax) return invalid_keys(fmt::format("more than {} keys", kStickyKeysMax));
    keys.push_back(key);
  }
  if (keys.empty()) return invalid_keys("no key; `openssl rand -hex 32` makes one");
  return keys;
}

base::Result<StickyKeys> read_sticky_keys(const std::string& path) {
  const base::Result<std::string> text = read_private(path, kStickyKeysBytesMax);
  if (!text) return text.error();
  base::Result<StickyKeys> keys = parse_sticky_keys(*text);
  if (keys) return keys;
  return invalid_keys(path + ": " + keys.error().message);
}

std::string sticky_key_text(const StickyKey& key) {
  std::string out;
  out.reserve(kDigits);
  for (const std::uint8_t byte : key) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

}  // namespace headgate::config
