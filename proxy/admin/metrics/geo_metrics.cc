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

}  // namespace

void expose_geo(const View& view, Exposition& out) {
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
