#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "proxy/admin/api/members.h"
#include "proxy/admin/api/resources/resources.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/dns/server/counters.h"

// Regions: how they are, and what an operator wishes of them.
namespace headgate::proxy::admin::api::resources {
namespace {

using regions::RegionRow;

Json number_or_null(std::uint32_t number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

Json requirement_json(const regions::RequirementStanding& standing) {
  const bool is_share = standing.wanted.percent != 0;
  return {{"pool", standing.wanted.pool},
          {"count", is_share ? Json(nullptr) : Json(standing.wanted.count)},
          {"percent", number_or_null(standing.wanted.percent)},
          {"healthy", standing.healthy},
          {"backends", standing.backends},
          {"healthy_percent", standing.healthy_percent},
          {"met", standing.is_met},
          {"text", text_of(standing)}};
}

Json drained_by_json(regions::DrainedBy who) {
  switch (who) {
    case regions::DrainedBy::kNobody:
      return nullptr;
    case regions::DrainedBy::kConfiguration:
      return "configuration";
    case regions::DrainedBy::kOperator:
      return "operator";
  }
  return nullptr;
}

Json pool_json(const RegionRow::Pool& pool) {
  return {{"pool", pool.name},
          {"backends", pool.backends},
          {"healthy", pool.healthy},
          {"served_by", text_or_null(pool.served_by)},
          {"last_resort", pool.is_last_resort}};
}

/// Look-ups that found a client of it.
std::uint64_t clients_of(const View& view, const RegionRow& row) {
  if (view.geo.by_region == nullptr || row.index >= view.geo.by_region->size()) return 0;
  return metrics::total_of(*(*view.geo.by_region)[row.index],
                           [](const geo::RegionCounters& each) { return each.lookups.value(); });
}

/// Answers of DNS that sent a client to it.
std::uint64_t answers_of(const View& view, const RegionRow& row) {
  if (view.geo.answers == nullptr) return 0;
  const auto found = view.geo.answers->find(row.name);
  if (found == view.geo.answers->end()) return 0;
  return metrics::total_of(*found->second, [](const dns::server::RegionCounters& each) {
    std::uint64_t sum = 0;
    for (const base::Counter& reason : each.by_reason) sum += reason.value();
    return sum;
  });
}

Json region_json(const View& view, const RegionRow& row) {
  const std::vector<config::Region>& all = view.config->geo.regions;
  const auto settings = std::ranges::find(all, row.name, &config::Region::name);
  const bool is_configured = settings != all.end();
  Json out = Json::object();
  out["name"] = row.name;
  out["location"] = is_configured && settings->location
                        ? Json::array({settings->location->latitude, settings->location->longitude})
                        : Json(nullptr);
  out["countries"] = is_configured ? settings->countries : std::vector<std::string>();
  out["continents"] = is_configured ? settings->continents : std::vector<std::string>();
  out["host"] = text_or_null(is_configured ? settings->host : std::string());
  out["home"] = row.name == view.config->region;
  out["default"] = row.name == view.config->geo.default_region;
  out["state"] = to_string(row.state);
  out["failing"] = row.is_failing;
  out["since"] = time_json(row.since);
  out["why"] = row.why;
  out["drained_by"] = drained_by_json(row.drained_by);
  Json& requirements = out["requires"] = Json::array();
  for (const regions::RequirementStanding& each : row.requirements) requirements.push_back(requirement_json(each));
  Json& addresses = out["addresses"] = Json::array();
  for (const RegionRow::Address& each : row.addresses) {
    addresses.push_back({{"address", each.address.address.text()},
                         {"weight", each.address.weight},
                         {"healthy", each.is_healthy ? Json(*each.is_healthy) : Json(nullptr)}});
  }
  std::uint32_t backends = 0;
  std::uint32_t healthy = 0;
  Json& pools = out["pools"] = Json::array();
  for (const RegionRow::Pool& each : row.pools) {
    backends += each.backends;
    healthy += each.healthy;
    pools.push_back(pool_json(each));
  }
  out["backends"] = backends;
  out["backends_healthy"] = healthy;
  out["clients"] = clients_of(view, row);
  out["answers"] = answers_of(view, row);
  return out;
}

Answer tell(const Daemon& daemon, const Asked& asked, bool drain) {
  Members members(asked.body);
  const std::string why = members.text("why", kWhyBytesMax).value_or("");
  if (std::optional<Answer> refused = members.refusal()) return std::move(*refused);
  const std::string& name = asked.names[0];
  const regions::WishOutcome outcome = daemon.actions->wish_region(name, drain, why);
  const View view = daemon.view();
  if (outcome == regions::WishOutcome::kConfigured) {
    return problem(
        409,
        fmt::format("the configuration drains region {} (regions.{}.drain): take it out there and reload", name, name));
  }
  const auto row = std::ranges::find(view.regions, name, &RegionRow::name);
  if (outcome == regions::WishOutcome::kNoSuchRegion || row == view.regions.end()) {
    std::vector<std::string> names;
    for (const RegionRow& each : view.regions) names.push_back(each.name);
    return problem(404, names.empty() ? std::string("the configuration has no regions")
                                      : fmt::format("no region named '{}'{}", name, base::suggestion_for(name, names)));
  }
  return answer_with(region_json(view, *row));
}

}  // namespace

Answer show_regions(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  Json rows = Json::array();
  for (const RegionRow& row : view.regions) rows.push_back(region_json(view, row));
  return answer_with("regions", std::move(rows));
}

Answer drain_region(const Daemon& daemon, const Asked& asked) {
  return tell(daemon, asked, true);
}

Answer enable_region(const Daemon& daemon, const Asked& asked) {
  return tell(daemon, asked, false);
}

}  // namespace headgate::proxy::admin::api::resources
