#include "proxy/admin/metrics/geo_metrics.h"

#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::metrics {
namespace {

template <class Value>
void expose_databases(const Family& of, const View& view, Value value, Exposition& out) {
  out.begin(of);
  if (view.geo.databases == nullptr) return;
  for (const geo::KeptDatabase& kept : *view.geo.databases) {
    out.sample(Labels{{"database", kept.loaded.file}}.text(), value(kept));
  }
}

template <class Value>
void expose_regions(const Family& of, const View& view, Value value, Exposition& out) {
  out.begin(of);
  for (const regions::RegionRow& row : view.regions) out.sample(Labels{{"region", row.name}}.text(), value(row));
}

std::uint64_t sum_of(const regions::RegionRow& row, std::uint32_t regions::RegionRow::Pool::* number) {
  std::uint64_t sum = 0;
  for (const regions::RegionRow::Pool& pool : row.pools) sum += pool.*number;
  return sum;
}

void expose_states(const View& view, Exposition& out) {
  using regions::State;
  expose_regions(
      family("headgate_region_up"), view,
      [](const regions::RegionRow& row) { return std::uint64_t{row.state == State::kUp}; }, out);
  out.begin(family("headgate_region_state"));
  for (const regions::RegionRow& row : view.regions) {
    for (const State state : {State::kUp, State::kDrained, State::kDown}) {
      out.sample(Labels{{"region", row.name}, {"state", to_string(state)}}.text(), std::uint64_t{row.state == state});
    }
  }
  expose_regions(
      family("headgate_region_state_since_seconds"), view, [](const regions::RegionRow& row) { return row.since; },
      out);
  expose_regions(
      family("headgate_region_failing"), view,
      [](const regions::RegionRow& row) { return std::uint64_t{row.is_failing}; }, out);
  expose_regions(
      family("headgate_region_backends"), view,
      [](const regions::RegionRow& row) { return sum_of(row, &regions::RegionRow::Pool::backends); }, out);
  expose_regions(
      family("headgate_region_backends_healthy"), view,
      [](const regions::RegionRow& row) { return sum_of(row, &regions::RegionRow::Pool::healthy); }, out);
  out.begin(family("headgate_region_clients_total"));
  if (view.geo.by_region == nullptr) return;
  for (const regions::RegionRow& row : view.regions) {
    if (row.index >= view.geo.by_region->size()) continue;
    out.sample(Labels{{"region", row.name}}.text(),
               total_of(*(*view.geo.by_region)[row.index],
                        [](const geo::RegionCounters& each) { return each.lookups.value(); }));
  }
}

}  // namespace

void expose_geo(const View& view, Exposition& out) {
  expose_states(view, out);
  expose_databases(
      family("headgate_geoip_database_built_time_seconds"), view,
      [](const geo::KeptDatabase& kept) { return kept.loaded.database->about().built_seconds; }, out);
  expose_databases(
      family("headgate_geoip_database_loaded_time_seconds"), view,
      [](const geo::KeptDatabase& kept) { return kept.loaded_at; }, out);
  expose_databases(
      family("headgate_geoip_database_load_failed"), view,
      [](const geo::KeptDatabase& kept) { return std::uint64_t{kept.error.empty() ? 0u : 1u}; }, out);
  out.begin(family("headgate_geoip_lookups_total"));
  if (view.geo.lookups == nullptr) return;
  for (std::size_t why = 0; why < geoip::kWhyCount; ++why) {
    out.sample(
        Labels{{"reason", geoip::to_string(static_cast<geoip::Why>(why))}}.text(),
        total_of(*view.geo.lookups, [why](const geo::LookupCounters& each) { return each.by_reason[why].value(); }));
  }
}

}  // namespace headgate::proxy::admin::metrics
