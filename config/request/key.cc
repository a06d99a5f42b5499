#include "config/request/key.h"

#include <fmt/core.h>

#include <array>
#include <optional>

#include "base/ascii.h"
#include "config/yaml/characters.h"

namespace headgate::config::request {
namespace {

using By = Key::By;

struct Kind {
  By by;
  std::string_view prefix;  // of one that has a name
  std::string_view what;    // the name is of
};
constexpr std::array<Kind, 4> kNamed = {Kind{By::kSegment, "path:", "segment"}, Kind{By::kHeader, "header:", "header"},
                                        Kind{By::kCookie, "cookie:", "cookie"}, Kind{By::kQuery, "query:", "query"}};

base::Error wrong(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

base::Result<Key> parse_segment(std::string_view written) {
  const std::optional<std::uint32_t> segment = base::parse_decimal<std::uint32_t>(written);
  if (!segment || *segment == 0 || *segment > kSegmentMax) {
    return wrong(fmt::format("expected path: with the number of a segment from 1 to {}, found {}", kSegmentMax,
                             yaml::in_quotes(written)));
  }
  return Key{.by = By::kSegment, .segment = *segment};
}

base::Result<Key> parse_name(const Kind& kind, std::string_view name) {
  if (name.empty()) return wrong(fmt::format("'{0}' lacks the name, as in {0}NAME", kind.prefix));
  if (name.size() > kKeyNameBytesMax) {
    return wrong(fmt::format("a name after {} has at most {} bytes", kind.prefix, kKeyNameBytesMax));
  }
  // RFC 9110 section 5.6.2 and RFC 6265 section 4.1.1. A parameter may have any name.
  if (kind.by != By::kQuery && !base::is_token(name)) {
    return wrong(fmt::format("{} is no name of a {}", yaml::in_quotes(name), kind.what));
  }
  return Key{.by = kind.by, .name = std::string(name)};
}

}  // namespace

base::Result<Key> parse_key(std::string_view text, Use use) {
  if (text == "client") return Key{};
  if (use == Use::kHash && text == "path") return Key{.by = By::kPath};
  if (use == Use::kHash && text == "uri") return Key{.by = By::kUri};
  for (const Kind& kind : kNamed) {
    if (!text.starts_with(kind.prefix)) continue;
    const std::string_view name = text.substr(kind.prefix.size());
    return kind.by == By::kSegment ? parse_segment(name) : parse_name(kind, name);
  }
  return wrong(fmt::format("expected client, {}path:NUMBER, header:NAME, cookie:NAME or query:NAME, found {}",
                           use == Use::kHash ? "path, uri, " : "", yaml::in_quotes(text)));
}

std::string text_of(const Key& key) {
  switch (key.by) {
    case By::kClient:
      return "client";
    case By::kPath:
      return "path";
    case By::kUri:
      return "uri";
    case By::kSegment:
      return fmt::format("path:{}", key.segment);
    case By::kHeader:
      return "header:" + key.name;
    case By::kCookie:
      return "cookie:" + key.name;
    case By::kQuery:
      return "query:" + key.name;
  }
  return "";
}

std::string words_of(const Key& key) {
  if (key.by == By::kSegment) return fmt::format("segment {} of the path", key.segment);
  for (const Kind& kind : kNamed) {
    if (kind.by == key.by) return fmt::format("{} {}", kind.what, key.name);
  }
  return text_of(key);
}

}  // namespace headgate::config::request
