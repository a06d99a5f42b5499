#include "proxy/balance/region/views.h"

#include <xxhash.h>

#include <algorithm>
#include <map>
#include <vector>

namespace headgate::proxy::balance::region {
namespace {

/// How many of the regions that have members are nearer than each member's; as Member::elsewhere.
std::vector<std::uint16_t> distances_from(const geoip::Regions& regions, geoip::RegionIndex from,
                                          const PoolVersion& version) {
  const auto is_used = [&version](std::string_view name) {
    return std::ranges::find(version.members, name, &PoolVersion::Member::region) != version.members.end();
  };
  std::map<std::string_view, std::uint16_t> known;
  std::uint16_t next = 1;  // 0 is the region itself, members or not
  for (const geoip::RegionIndex each : regions.order_from(from)) {
    const std::string_view name = regions.name_of(each);
    if (each == from) {
      known.emplace(name, 0);
    } else if (is_used(name) && regions.at(from).location && regions.at(each).location) {
      known.emplace(name, next++);
    }
  }
  std::vector<std::uint16_t> out;
  for (const PoolVersion::Member& member : version.members) {
    const auto found = known.find(member.region);
    out.push_back(found == known.end() ? next : found->second);
  }
  return out;
}

}  // namespace

std::uint64_t key_of(std::string_view region) {
  if (region.empty()) return 0;
  const std::uint64_t hash = XXH3_64bits(region.data(), region.size());
  return hash == 0 ? 1 : hash;
}

void add_views(PoolVersion& version, const geoip::Regions* regions, std::string_view home, bool clients_have_regions) {
  const auto has_region = [](const PoolVersion::Member& member) { return !member.region.empty(); };
  if (regions == nullptr || std::ranges::none_of(version.members, has_region)) return;
  const geoip::RegionIndex here = regions->find(home);
  if (here != geoip::kNoRegion) {
    const std::vector<std::uint16_t> distances = distances_from(*regions, here, version);
    for (std::size_t i = 0; i < distances.size(); ++i) version.members[i].elsewhere = distances[i];
  }
  if (!clients_have_regions) return;
  for (std::size_t i = 0; i < regions->size(); ++i) {
    const auto region = static_cast<geoip::RegionIndex>(i);
    version.views.push_back({key_of(regions->name_of(region)), distances_from(*regions, region, version)});
  }
}

}  // namespace headgate::proxy::balance::region
