#include "config/summaries/zones.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

#include "config/sections/dns/host_names.h"
#include "config/values.h"

namespace headgate::config::summaries {
namespace {

bool is_geo(const DnsName& name) {
  return !name.pool.empty();
}

std::string counted(std::size_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

Entry entry_of(const DnsZone& zone) {
  const auto geo = static_cast<std::size_t>(std::ranges::count_if(zone.names, is_geo));
  Entry out{zone.name, {}};
  if (!zone.ns.empty()) out.words.push_back(counted(zone.ns.size(), "server") + ";");
  out.words.push_back(counted(zone.names.size(), "name") + (geo == 0 ? ";" : fmt::format(" ({} geo);", geo)));
  if (!zone.file.empty()) out.words.push_back("records of " + zone.file + ";");
  out.words.push_back(fmt::format("ttl {},", duration_text(zone.ttl)));
  out.words.push_back(fmt::format("{} while failing;", duration_text(zone.failing_ttl)));
  out.words.push_back(zone.dnssec_key.empty() ? "not signed" : "signed");
  return out;
}

/// Whether a resolver that was sent to `host` by the parent zone finds it: outside of the zone others know it.
bool has_address(const DnsZone& zone, const std::string& host) {
  if (!zone.file.empty() || !sections::dns::is_within(host, zone.name)) return true;
  const auto answers = [&](const DnsName& name) {
    const bool is_it = name.name == host || (name.name.starts_with("*.") && host.ends_with(name.name.substr(1)));
    return is_it && (is_geo(name) || !name.a.empty() || !name.aaaa.empty());
  };
  return std::ranges::any_of(zone.names, answers);
}

bool has_family(const Region& region, bool is_v4) {
  return std::ranges::any_of(region.addresses,
                             [is_v4](const RegionAddress& each) { return each.address.is_v4() == is_v4; });
}

void add_region_warnings(const std::vector<Region>& regions, std::vector<Entry>& out) {
  for (const Region& region : regions) {
    if (!region.addresses.empty()) continue;
    out.push_back({region.name, {"has no addresses:", "DNS never answers with it"}});
  }
  for (const bool is_v4 : {true, false}) {
    const auto has_it = [is_v4](const Region& region) { return has_family(region, is_v4); };
    if (std::ranges::none_of(regions, has_it)) continue;
    for (const Region& region : regions) {
      if (region.addresses.empty() || has_it(region)) continue;
      out.push_back({region.name,
                     {fmt::format("has no {} address:", is_v4 ? "IPv4" : "IPv6"), "its clients get none,",
                      "though other regions have some"}});
    }
  }
}

}  // namespace

std::vector<Entry> zone_entries(const Config& config) {
  std::vector<Entry> out;
  for (const DnsZone& zone : config.dns.zones) out.push_back(entry_of(zone));
  return out;
}

std::vector<Entry> zone_warnings(const Config& config) {
  std::vector<Entry> out;
  std::unordered_set<std::string_view> answered;
  for (const Listener& listener : config.listeners) answered.insert(listener.zones.begin(), listener.zones.end());
  bool has_geo = false;
  for (const DnsZone& zone : config.dns.zones) {
    has_geo = has_geo || std::ranges::any_of(zone.names, is_geo);
    if (!answered.contains(zone.name)) {
      out.push_back({zone.name, {"is answered by no listener:", "`zones` of one of protocol: dns says which"}});
    }
    for (const std::string& host : zone.ns) {
      if (has_address(zone, host)) continue;
      out.push_back({zone.name, {fmt::format("{} has no address in it:", host), "give it a or aaaa in `names`"}});
    }
  }
  if (has_geo) add_region_warnings(config.geo.regions, out);
  return out;
}

}  // namespace headgate::config::summaries
