#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::cache {
namespace {

constexpr std::size_t kNamesMax = 32;
constexpr std::size_t kNegativeMax = 32;
constexpr std::size_t kCodingsMax = 8;
constexpr std::size_t kNameBytesMax = 128;
constexpr Range<Duration> kTtlRange = {0s, 24h * 365};

/// Adds to `out`, which begins empty, what `is_good` lets pass.
template <class IsGood>
void read_names(const Reader& at, std::vector<std::string>& out, std::size_t names_max, IsGood is_good) {
  out.clear();
  const auto read_one = [&](const Reader& one) {
    std::string name;
    one.text(name, {1, kNameBytesMax});
    if (name.empty() || !is_good(one, name)) return;
    if (out.size() == names_max) return one.problem(fmt::format("more than {} names", names_max));
    if (std::ranges::find(out, name) != out.end()) return one.problem("stands in the list already");
    out.push_back(std::move(name));
  };
  if (at.is_list()) return at.each_item(read_one);
  read_one(at);
}

void read_field_names(const Reader& at, std::vector<std::string>& out) {
  read_names(at, out, kNamesMax, [](const Reader& one, const std::string& name) { return is_field_name(one, name); });
}

bool is_any(const Reader&, const std::string&) {
  return true;
}

bool is_cookie_name(const Reader& at, const std::string& name) {
  if (base::is_token(name)) return true;
  at.problem(fmt::format("expected the name of a cookie, found {}", yaml::in_quotes(name)));
  return false;
}

bool is_coding(const Reader& at, const std::string& name) {
  if (base::is_token(name) && base::lowered(name) == name && name != "identity") return true;
  at.problem(fmt::format("expected a content coding such as br or gzip, found {}", yaml::in_quotes(name)));
  return false;
}

void read_ttl(const Reader& at, std::optional<Duration>& out) {
  Duration ttl = -1s;
  at.duration(ttl, kTtlRange);
  if (ttl >= 0s) out = ttl;
}

/// `negative: { "404": 10s, "500-504": 1s }`
void read_negative(const Reader& at, RouteCache& out) {
  at.each_entry([&](const Reader& one, const std::string& written) {
    const std::optional<StatusRange> status = parse_status_range(written);
    if (!status || status->first < 300) {
      return one.problem(fmt::format("expected a status from 300 to 599 or a range such as 500-504, found {}",
                                     yaml::in_quotes(written)));
    }
    NegativeTtl negative{*status, 0s};
    one.duration(negative.ttl, kTtlRange);
    if (out.negative.size() == kNegativeMax) return one.problem(fmt::format("more than {} statuses", kNegativeMax));
    out.negative.push_back(negative);
  });
}

void read_store(const Reader& at, RouteCache& out) {
  at.text(out.store, {1, 64});
  if (!out.store.empty()) at.reading().caches_used.push_back(at.mention(out.store));
}

constexpr Key<RouteCacheKey> kKeyKeys[] = {
    {"query", [](const Reader& at, RouteCacheKey& out) { read_names(at, out.query.emplace(), kNamesMax, is_any); }},
    {"headers", [](const Reader& at, RouteCacheKey& out) { read_field_names(at, out.headers); }},
    {"cookies", [](const Reader& at, RouteCacheKey& out) { read_names(at, out.cookies, kNamesMax, is_cookie_name); }},
    {"method", [](const Reader& at, RouteCacheKey& out) { at.boolean(out.method); }},
    {"codings", [](const Reader& at, RouteCacheKey& out) { read_names(at, out.codings, kCodingsMax, is_coding); }},
};

constexpr Key<RouteCacheStale> kStaleKeys[] = {
    {"while_revalidate", [](const Reader& at, RouteCacheStale& out) { read_ttl(at, out.while_revalidate); }},
    {"if_error", [](const Reader& at, RouteCacheStale& out) { read_ttl(at, out.if_error); }},
    {"if_unreachable", [](const Reader& at, RouteCacheStale& out) { at.duration(out.if_unreachable, kTtlRange); }},
};

constexpr Key<RouteCache> kRouteCacheKeys[] = {
    {"store", read_store, Presence::kRequired},
    {"ttl", [](const Reader& at, RouteCache& out) { read_ttl(at, out.ttl); }},
    {"override", [](const Reader& at, RouteCache& out) { at.boolean(out.overrides_origin); }},
    {"max_ttl", [](const Reader& at, RouteCache& out) { read_ttl(at, out.max_ttl); }},
    {"negative", read_negative},
    {"heuristics", [](const Reader& at, RouteCache& out) { at.boolean(out.uses_heuristics); }},
    {"control_fields", [](const Reader& at, RouteCache& out) { read_field_names(at, out.control_fields); }},
    {"obey_client", [](const Reader& at, RouteCache& out) { at.boolean(out.obeys_client); }},
    {"ignore_cookies", [](const Reader& at, RouteCache& out) { at.boolean(out.ignores_cookies); }},
    {"store_set_cookie", [](const Reader& at, RouteCache& out) { at.boolean(out.stores_set_cookie); }},
    {"unkeyed", [](const Reader& at, RouteCache& out) { read_field_names(at, out.unkeyed); }},
    {"key", [](const Reader& at, RouteCache& out) { read_map(at, kKeyKeys, out.key); }, Presence::kOptional,
     [](KeyList& out) { out.add(kKeyKeys); }},
    {"stale", [](const Reader& at, RouteCache& out) { read_map(at, kStaleKeys, out.stale); }, Presence::kOptional,
     [](KeyList& out) { out.add(kStaleKeys); }},
    {"tags_from", [](const Reader& at, RouteCache& out) { read_field_names(at, out.tags_from); }},
};

}  // namespace

void read_route_cache(const Reader& at, std::optional<RouteCache>& out) {
  RouteCache cache;
  cache.place = at.place();
  const bool is_sound = read_map(at, kRouteCacheKeys, cache);
  if (is_sound && cache.overrides_origin && !cache.ttl && cache.negative.empty()) {
    at.problem("override needs a ttl (or negative) that holds in place of what the origin states");
  }
  out = std::move(cache);
}

void list_route_cache_keys(KeyList& out) {
  out.add(kRouteCacheKeys);
}

}  // namespace headgate::config::sections::cache
