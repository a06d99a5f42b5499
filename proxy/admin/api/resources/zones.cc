#include <algorithm>

#include "proxy/admin/api/members.h"
#include "proxy/admin/api/resources/resources.h"
#include "proxy/dns/upkeep/zone_keeper.h"

// The zones that are answered for.
namespace headgate::proxy::admin::api::resources {
namespace {

Json zone_json(const View& view, const dns::upkeep::KeptZone& kept) {
  const config::DnsZone& settings = *kept.loaded.settings;
  const dns::zone::Zone& zone = *kept.loaded.zone;
  Json out = Json::object();
  out["name"] = settings.name;
  out["serial"] = zone.serial();
  out["names"] = zone.names();
  out["geo_names"] =
      std::ranges::count_if(settings.names, [](const config::DnsName& name) { return !name.pool.empty(); });
  out["signed"] = !settings.dnssec_key.empty();
  out["file"] = text_or_null(settings.file);
  out["key_file"] = text_or_null(settings.dnssec_key);
  out["loaded_at"] = time_json(kept.loaded_at);
  out["error"] = text_or_null(kept.error);
  Json& listeners = out["listeners"] = Json::array();
  for (const config::Listener& listener : view.config->listeners) {
    if (std::ranges::find(listener.zones, settings.name) != listener.zones.end()) listeners.push_back(listener.name);
  }
  return out;
}

}  // namespace

Answer show_zones(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  Json all = Json::array();
  if (view.zones != nullptr) {
    for (const dns::upkeep::KeptZone& kept : *view.zones) all.push_back(zone_json(view, kept));
  }
  return answer_with({{"zones", std::move(all)}});
}

}  // namespace headgate::proxy::admin::api::resources
