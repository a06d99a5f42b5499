#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/files.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/sticky.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::sticky {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kAttributeBytesMax = 1024;
constexpr std::string_view kHostPrefix = "__Host-";

void read_name(const Reader& at, StickyCookie& out) {
  std::string written;
  at.text(written, {1, kNameBytesMax});
  if (written.empty()) return;
  // RFC 6265 section 4.1.1.
  if (!base::is_token(written)) return at.problem(yaml::in_quotes(written) + " is no name of a cookie");
  out.name = std::move(written);
}

/// An attribute's value as RFC 6265 section 4.1.1 has it: no ';', which would begin the next one.
bool read_attribute(const Reader& at, std::string& out) {
  std::string written;
  at.text(written, {1, kAttributeBytesMax});
  if (written.empty()) return false;
  if (written.find(';') != std::string::npos) {
    at.problem("a ';' would end the attribute");
    return false;
  }
  out = std::move(written);
  return true;
}

void read_path(const Reader& at, StickyCookie& out) {
  std::string written;
  if (!read_attribute(at, written)) return;
  if (!written.starts_with('/')) return at.problem("a path begins with '/'");
  out.path = std::move(written);
}

void read_domain(const Reader& at, StickyCookie& out) {
  std::string written;
  if (!read_attribute(at, written)) return;
  // RFC 6265 section 4.1.2.3: a leading dot is passed over.
  if (written.starts_with('.')) written.erase(0, 1);
  const std::optional<std::string> host = parse_host_pattern(written);
  if (!host || host->starts_with("*.") || host->starts_with('[')) return at.expected("a host name such as example.com");
  out.domain = *host;
}

constexpr Key<StickyCookie> kCookieKeys[] = {
    {"name", read_name, Presence::kRequired},
    {"path", read_path},
    {"domain", read_domain},
    {"same_site",
     [](const Reader& at, StickyCookie& out) {
       using SameSite = StickyCookie::SameSite;
       at.word(out.same_site, {{"lax", SameSite::kLax}, {"strict", SameSite::kStrict}, {"none", SameSite::kNone}});
     }},
    {"max_age", [](const Reader& at, StickyCookie& out) { at.duration(out.max_age, {1min, 400 * 24h}); }},
};

constexpr Range<std::uint64_t> kSizeRange = {1, 100'000'000};
constexpr Range<Duration> kTtlRange = {1s, 365 * 24h};

void read_size(const Reader& at, StickyTable& out) {
  at.number(out.size, kSizeRange);
}
void read_ttl(const Reader& at, StickyTable& out) {
  at.duration(out.ttl, kTtlRange);
}

constexpr Key<StickyTable> kTableKeys[] = {
    {"by", [](const Reader& at, StickyTable& out) { read_request_key(at, request::Use::kSession, out.key); },
     Presence::kRequired},
    {"size", read_size},
    {"ttl", read_ttl},
};

void read_learned(const Reader& at, request::Key::By by, StickyTable& out) {
  std::string& name = out.key.name;
  if (!name.empty()) return at.problem("learn has cookie or header, not both");
  at.text(name, {1, kNameBytesMax});
  out.key.by = by;
  if (!name.empty() && !base::is_token(name)) at.problem(yaml::in_quotes(name) + " is no name");
}

constexpr Key<StickyTable> kLearnKeys[] = {
    {"cookie", [](const Reader& at, StickyTable& out) { read_learned(at, request::Key::By::kCookie, out); }},
    {"header", [](const Reader& at, StickyTable& out) { read_learned(at, request::Key::By::kHeader, out); }},
    {"size", read_size},
    {"ttl", read_ttl},
};

/// A pool's `sticky` while its map is read.
struct Draft {
  int ways = 0;
  Sticky sticky;
};

void read_cookie(const Reader& at, Draft& out) {
  ++out.ways;
  StickyCookie cookie;
  if (at.is_map()) {
    read_map(at, kCookieKeys, cookie);
  } else {
    read_name(at, cookie);
  }
  const bool is_host = cookie.name.starts_with(kHostPrefix);
  if (is_host && (!cookie.domain.empty() || cookie.path != "/")) {
    at.problem("browsers take a cookie named __Host-... with path / and without domain alone");
  }
  out.sticky = std::move(cookie);
}

void read_table(const Reader& at, Draft& out) {
  ++out.ways;
  StickyTable table;
  read_map(at, kTableKeys, table);
  out.sticky = std::move(table);
}

void read_learn(const Reader& at, Draft& out) {
  ++out.ways;
  StickyTable table{.is_learned = true};
  if (read_map(at, kLearnKeys, table) && table.key.name.empty()) at.problem("needs cookie or header");
  out.sticky = std::move(table);
}

constexpr Key<Draft> kStickyKeys[] = {
    {"cookie", read_cookie, Presence::kOptional, [](KeyList& out) { out.add(kCookieKeys); }},
    {"table", read_table, Presence::kOptional, [](KeyList& out) { out.add(kTableKeys); }},
    {"learn", read_learn, Presence::kOptional, [](KeyList& out) { out.add(kLearnKeys); }},
};

void read_keys_file(const Reader& at, Config& out) {
  std::string written;
  at.text(written, {1, 4096});
  if (written.empty()) return;
  out.sticky_keys_file = absolute_path(at.reading().folder, written);
  base::Result<StickyKeys> keys = config::read_sticky_keys(out.sticky_keys_file);
  if (!keys) return at.problem(keys.error().message);
  out.sticky_keys = std::move(*keys);
}

constexpr Key<Config> kFileStickyKeys[] = {
    {"keys_file", read_keys_file, Presence::kRequired},
};

}  // namespace

void read_pool_sticky(const Reader& at, Pool& out) {
  Draft draft;
  if (!read_map(at, kStickyKeys, draft)) return;
  if (draft.ways != 1) return at.problem("needs exactly one of cookie, table and learn");
  out.sticky = std::move(draft.sticky);
}
void list_pool_sticky_keys(KeyList& out) {
  out.add(kStickyKeys);
}

void read_sticky_keys_of(const Reader& at, Config& out) {
  read_map(at, kFileStickyKeys, out);
}
void list_sticky_keys(KeyList& out) {
  out.add(kFileStickyKeys);
}

/// A connection that is passed on shows no cookie and no field, and tables are for requests.
void check_connections(const Config& config, Reading& reading) {
  for (const Mention& mention : reading.pools_used) {
    if (!mention.path.starts_with("listeners")) continue;
    const auto pool = std::ranges::find(config.pools, mention.text, &Pool::name);
    if (pool == config.pools.end() || sticky_name(pool->sticky).empty()) continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("pool {} is sticky, which the connections of a tcp listener cannot be; give them "
                                     "a pool without, such as one with balance: {{ hash: client }}",
                                     yaml::in_quotes(pool->name)));
  }
}

}  // namespace headgate::config::sections::sticky
