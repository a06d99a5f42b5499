#include "proxy/admin/metrics/cache_metrics.h"

#include <string>
#include <vector>

#include "proxy/admin/metrics/cache_disk_metrics.h"
#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::metrics {
namespace {

using cache::stage::Counters;
using cache::stage::Outcome;

/// As of other routes: one that nobody asked for yet is a single line.
bool is_shown(const RouteView& route) {
  return route.cache != nullptr && total(*route.counters, &http::RouteCounters::requests) > 0;
}

void expose_outcomes(const View& view, Exposition& out) {
  out.begin(family("headgate_route_cache_requests_total"));
  for (const RouteView& route : view.routes) {
    if (!is_shown(route)) continue;
    const Labels labels{{"route", route.name}};
    for (std::size_t i = 0; i < cache::stage::kOutcomes; ++i) {
      const Outcome outcome = static_cast<Outcome>(i);
      out.sample(labels.with("outcome", word_of(outcome)).text(),
                 total_of(*route.cache->counters, [=](const Counters& each) { return each.of(outcome).value(); }));
    }
  }
}

void expose_ages(const View& view, Exposition& out) {
  using cache::stage::AgeHistogram;
  out.begin(family("headgate_route_cache_age_seconds"));
  for (const RouteView& route : view.routes) {
    if (!is_shown(route)) continue;
    const Labels labels{{"route", route.name}};
    std::uint64_t cumulative = 0;
    for (std::size_t bucket = 0; bucket < AgeHistogram::kBuckets; ++bucket) {
      cumulative += total_of(*route.cache->counters, [=](const Counters& each) { return each.ages.count(bucket); });
      const bool is_last = bucket + 1 == AgeHistogram::kBuckets;
      out.bucket(labels.text(), is_last ? "+Inf" : std::to_string(AgeHistogram::upper_bound(bucket)), cumulative);
    }
    const std::uint64_t sum = total_of(*route.cache->counters, [](const Counters& each) { return each.ages.sum(); });
    out.sum_and_count(labels.text(), static_cast<double>(sum), cumulative);
  }
}

void expose_durations(const View& view, Exposition& out) {
  out.begin(family("headgate_route_cache_duration_seconds"));
  for (const RouteView& route : view.routes) {
    if (!is_shown(route)) continue;
    const Labels labels{{"route", route.name}};
    for (std::size_t i = 0; i < cache::stage::kTiers; ++i) {
      expose_histogram(
          labels.with("tier", word_of(static_cast<cache::stage::Tier>(i))), *route.cache->counters,
          [=](const Counters& each) -> const base::LatencyHistogram& { return each.durations[i]; }, out);
    }
  }
}

void expose_number(const Family& of, const View& view, base::Counter Counters::* number, Exposition& out) {
  out.begin(of);
  for (const RouteView& route : view.routes) {
    if (is_shown(route)) out.sample(Labels{{"route", route.name}}.text(), total(*route.cache->counters, number));
  }
}

/// A store as it was at one moment.
struct StoreLook {
  std::string_view name;
  cache::memory::Figures figures;
  std::uint64_t memory = 0;
  std::uint64_t purges = 0;
};

void expose_figure(const Family& of, const std::vector<StoreLook>& looks, std::uint64_t (*number)(const StoreLook&),
                   Exposition& out) {
  out.begin(of);
  for (const StoreLook& look : looks) out.sample(Labels{{"cache", look.name}}.text(), number(look));
}

}  // namespace

void expose_caches(const View& view, Exposition& out) {
  expose_outcomes(view, out);
  expose_number(family("headgate_route_cache_stored_bytes_total"), view, &Counters::stored_bytes, out);
  expose_number(family("headgate_route_cache_background_total"), view, &Counters::background, out);
  expose_number(family("headgate_route_cache_invalidated_total"), view, &Counters::invalidated, out);
  expose_ages(view, out);
  expose_durations(view, out);
  std::vector<StoreLook> looks;
  for (const CacheView& each : view.caches) {
    looks.push_back({each.name, each.store->memory().figures(), each.store->memory().memory_bytes(),
                     each.store->book().sequence()});
  }
  const auto figure = [&](const Family& of, std::uint64_t (*number)(const StoreLook&)) {
    expose_figure(of, looks, number, out);
  };
  figure(family("headgate_cache_memory_bytes"), [](const StoreLook& look) { return look.memory; });
  figure(family("headgate_cache_used_bytes"), [](const StoreLook& look) { return look.figures.used_bytes; });
  figure(family("headgate_cache_entries"), [](const StoreLook& look) { return look.figures.entries; });
  figure(family("headgate_cache_inserted_total"), [](const StoreLook& look) { return look.figures.inserted; });
  figure(family("headgate_cache_replaced_total"), [](const StoreLook& look) { return look.figures.replaced; });
  figure(family("headgate_cache_discarded_total"), [](const StoreLook& look) { return look.figures.discarded; });
  figure(family("headgate_cache_came_back_total"), [](const StoreLook& look) { return look.figures.came_back; });
  figure(family("headgate_cache_removed_total"), [](const StoreLook& look) { return look.figures.removed; });
  out.begin(family("headgate_cache_not_stored_total"));
  for (const StoreLook& look : looks) {
    const Labels labels{{"cache", look.name}};
    out.sample(labels.with("reason", "too_large").text(), look.figures.too_large);
    out.sample(labels.with("reason", "no_room").text(), look.figures.no_room);
  }
  figure(family("headgate_cache_purges_total"), [](const StoreLook& look) { return look.purges; });
  expose_cache_disks(view, out);
}

}  // namespace headgate::proxy::admin::metrics
