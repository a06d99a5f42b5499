#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/suggest.h"
#include "proxy/admin/api/members.h"
#include "proxy/admin/api/resources/resources.h"
#include "proxy/admin/figures_json.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/cache/stage/place.h"
#include "proxy/explain/question.h"
#include "wire/http/uri.h"

// The stores, and what is to be purged from them.
namespace headgate::proxy::admin::api::resources {
namespace {

using cache::purge::Purge;
using cache::purge::subject_hash;
using cache::stage::Counters;
using cache::stage::Outcome;

constexpr std::size_t kUrlBytesMax = 8192;
constexpr std::size_t kTagBytesMax = 1024;
constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kHottestKeys = 10;

/// A key's parts are lines; JSON has no place for bytes that are no UTF-8, and nobody reads a control character.
std::string printable_key(std::string_view key) {
  std::string out;
  for (const char byte : key) {
    constexpr char kFirstPrintable = ' ';
    constexpr char kDelete = 0x7f;
    if (byte == '\n') {
      out += ' ';
    } else if (byte >= kFirstPrintable && byte != kDelete) {
      out += byte;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return out;
}

const CacheView* find_cache(const View& view, std::string_view name) {
  for (const CacheView& each : view.caches) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

/// By where the answers came from.
Json latencies_json(const base::PerWorker<Counters>& counters) {
  Json out = Json::object();
  for (std::size_t tier = 0; tier < cache::stage::kTiers; ++tier) {
    history::LatencyCounts sums{};
    for (std::size_t bucket = 0; bucket < sums.size(); ++bucket) {
      sums[bucket] =
          metrics::total_of(counters, [=](const Counters& each) { return each.durations[tier].count(bucket); });
    }
    out[std::string(word_of(static_cast<cache::stage::Tier>(tier)))] = latency_json(sums);
  }
  return out;
}

/// Half, and all but a twentieth, of the stored answers that were given were not older; null where none was.
Json ages_json(const base::PerWorker<Counters>& counters) {
  using cache::stage::AgeHistogram;
  std::array<std::uint64_t, AgeHistogram::kBuckets> sums{};
  std::uint64_t all = 0;
  for (std::size_t bucket = 0; bucket < sums.size(); ++bucket) {
    sums[bucket] = metrics::total_of(counters, [=](const Counters& each) { return each.ages.count(bucket); });
    all += sums[bucket];
  }
  const auto age_of = [&](std::uint64_t percent) {
    constexpr std::uint64_t kWhole = 100;
    std::uint64_t below = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < sums.size() && (below += sums[bucket]) * kWhole < all * percent) ++bucket;
    return all == 0 ? Json(nullptr) : Json(AgeHistogram::upper_bound(bucket));
  };
  return {{"p50", age_of(50)}, {"p95", age_of(95)}};
}

Json outcomes_json(const View& view, const CacheView& store) {
  Json out = Json::object();
  for (const RouteView& route : view.routes) {
    if (route.cache == nullptr || route.cache->store.get() != store.store) continue;
    Json counts = Json::object();
    for (std::size_t i = 0; i < cache::stage::kOutcomes; ++i) {
      const auto outcome = static_cast<Outcome>(i);
      counts[std::string(word_of(outcome))] =
          metrics::total_of(*route.cache->counters, [=](const Counters& each) { return each.of(outcome).value(); });
    }
    counts["stored_bytes"] = metrics::total(*route.cache->counters, &Counters::stored_bytes);
    counts["sent_bytes"] = metrics::total(*route.counters, &http::RouteCounters::response_body_bytes);
    counts["latency_ms"] = latencies_json(*route.cache->counters);
    counts["age_seconds"] = ages_json(*route.cache->counters);
    out[std::string(route.name)] = std::move(counts);
  }
  return out;
}

Json hottest_json(const cache::stage::Store& store) {
  Json out = Json::array();
  for (const cache::hottest::Row& row : store.hottest_keys(base::now(), kHottestKeys)) {
    out.push_back({{"key", printable_key(row.key)}, {"requests_per_second", row.per_second}});
  }
  return out;
}

Json disk_json(cache::disk::Tier& tier) {
  const cache::disk::Status status = tier.status();
  const cache::disk::Figures& figures = tier.figures();
  Json out = Json::object();
  out["state"] = word_of(status.state);
  out["why"] = status.why.empty() ? Json() : Json(status.why);
  out["path"] = tier.settings().path;
  out["size_bytes"] = tier.settings().size;
  out["used_bytes"] = status.used_bytes;
  out["objects"] = status.objects;
  out["indexing"] = status.is_walking;
  out["hits"] = figures.hits.value();
  out["misses"] = figures.misses.load(std::memory_order_relaxed);
  out["written"] = figures.written.value();
  out["skipped"] = figures.skipped_writes.load(std::memory_order_relaxed);
  out["damaged"] = figures.damaged.value();
  return out;
}

Json cache_json(const View& view, const CacheView& each) {
  const cache::memory::Figures figures = each.store->memory().figures();
  Json out = Json::object();
  out["name"] = each.name;
  out["memory_bytes"] = each.store->memory().memory_bytes();
  out["used_bytes"] = figures.used_bytes;
  out["max_object_bytes"] = each.store->memory().max_object();
  out["entries"] = figures.entries;
  out["inserted"] = figures.inserted;
  out["discarded"] = figures.discarded;
  out["removed"] = figures.removed;
  out["purges"] = each.store->book().sequence();
  out["disk"] = each.store->disk() == nullptr ? Json() : disk_json(*each.store->disk());
  out["routes"] = outcomes_json(view, each);
  out["hottest"] = hottest_json(*each.store);
  return out;
}

Answer no_such_cache(const View& view, std::string_view name) {
  std::vector<std::string> names;
  for (const CacheView& each : view.caches) names.emplace_back(each.name);
  return problem(404, fmt::format("no cache named '{}'{}", name, base::suggestion_for(name, names)));
}

/// What a purge of this URL names, under the recipe of each route that has the store; empty: it is no URL.
std::vector<std::uint64_t> subjects_of_url(const View& view, const CacheView& store, const std::string& url) {
  std::vector<std::uint64_t> out;
  const base::Result<explain::Target> target = explain::target_of(url);
  if (!target) return out;
  base::Arena arena;
  wire::http::RequestHead head;
  if (!wire::http::parse_target(target->target, arena, head)) return out;
  if (!wire::http::parse_authority(target->authority, head)) return out;
  for (const RouteView& route : view.routes) {
    if (route.cache == nullptr || route.cache->store.get() != store.store) continue;
    const std::string_view key = cache::key::primary_key(route.cache->recipe, head, target->is_https, arena);
    const std::uint64_t subject = subject_hash(cache::stage::url_of(key));
    if (std::ranges::find(out, subject) == out.end()) out.push_back(subject);
  }
  return out;
}

/// What the body of a purge asks for.
struct Wanted {
  std::optional<std::string> url;
  std::optional<std::string> tag;
  std::optional<std::string> host;
  std::optional<std::string> prefix;
  bool everything = false;
  bool soft = false;

  int count() const { return (url ? 1 : 0) + (tag ? 1 : 0) + (host || prefix ? 1 : 0) + (everything ? 1 : 0); }
};

/// What is to be purged; or why that is no answer.
std::optional<Answer> read_purge(const View& view, const Asked& asked, std::vector<Purge>& purges) {
  Members members(asked.body);
  Wanted wanted;
  wanted.url = members.text("url", kUrlBytesMax);
  wanted.tag = members.text("tag", kTagBytesMax);
  wanted.host = members.text("host", kHostBytesMax);
  wanted.prefix = members.text("prefix", Purge::kPrefixBytesMax);
  wanted.everything = members.flag("everything").value_or(false);
  wanted.soft = members.flag("soft").value_or(false);
  if (std::optional<Answer> refused = members.refusal()) return refused;
  if (wanted.count() != 1) {
    return problem(
        400, R"(a purge names one thing: {"url": ...}, {"tag": ...}, {"host": ...}, {"prefix": ...} (of a host or of )"
             R"(all) or {"everything": true})");
  }
  if (wanted.prefix && !wanted.prefix->starts_with('/')) return problem(400, "prefix is a path and begins with /");
  const CacheView* store = find_cache(view, asked.names[0]);
  if (store == nullptr) return no_such_cache(view, asked.names[0]);
  const std::uint64_t host = wanted.host ? subject_hash(base::lowered(*wanted.host)) : 0;
  if (wanted.url) {
    for (const std::uint64_t subject : subjects_of_url(view, *store, *wanted.url)) {
      purges.push_back(Purge::of_url(subject, wanted.soft));
    }
    if (purges.empty()) return problem(400, "url is not one that a route of this cache could be asked for");
  } else if (wanted.tag) {
    purges.push_back(Purge::of_tag(subject_hash(*wanted.tag), wanted.soft));
  } else if (wanted.prefix) {
    purges.push_back(Purge::of_prefix(host, *wanted.prefix, wanted.soft));
  } else if (wanted.host) {
    purges.push_back(Purge::of_host(host, wanted.soft));
  } else {
    purges.push_back(Purge::of_everything(wanted.soft));
  }
  return std::nullopt;
}

}  // namespace

Answer show_caches(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  Json list = Json::array();
  for (const CacheView& each : view.caches) list.push_back(cache_json(view, each));
  return answer_with("caches", std::move(list));
}

net::Task<Answer> purge_cache(const Daemon& daemon, const Asked& asked) {
  std::vector<Purge> purges;
  std::optional<Answer> refused = read_purge(daemon.view(), asked, purges);
  if (refused) co_return std::move(*refused);
  const std::string name = asked.names[0];
  const bool is_kept = co_await daemon.actions->purge(name, std::move(purges));
  const View view = daemon.view();
  const CacheView* store = find_cache(view, name);
  if (store == nullptr) co_return no_such_cache(view, name);  // a reload took it away
  Json out{{"cache", store->name}, {"purges", store->store->book().sequence()}, {"kept", is_kept}};
  co_return answer_with(std::move(out));
}

}  // namespace headgate::proxy::admin::api::resources
