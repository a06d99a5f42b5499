#include "proxy/balance/region/views.h"

#include <xxhash.h>

#include <algorithm>
#include <vector>

namespace headgate::proxy::balance::region {
std::uint64_t key_of(std::string_view region) {
  if (region.empty()) return 0;
  const std::uint64_t hash = XXH3_64bits(region.data(), region.size());
  return hash == 0 ? 1 : hash;
}

void add_views(PoolVersion& version, const Regions& regions, std::string_view home, bool clients_have_regions) {
  if (regions.all == nullptr) return;
  std::vector<geoip::RegionIndex> stands;  // each member
  std::vector<bool> is_used(regions.all->size());
  for (const PoolVersion::Member& member : version.members) {
    stands.push_back(regions.all->find(member.region));
    if (stands.back() != geoip::kNoRegion) is_used[stands.back()] = true;
  }
  if (std::ranges::find(is_used, true) == is_used.end()) return;
  const Ranks from_here = ranks_from(regions, regions.all->find(home), is_used);
  for (std::size_t i = 0; i < stands.size(); ++i) version.members[i].elsewhere = from_here.of(stands[i]);
  if (!clients_have_regions) return;
  for (std::size_t i = 0; i < regions.all->size(); ++i) {
    const auto region = static_cast<geoip::RegionIndex>(i);
    const Ranks ranks = ranks_from(regions, region, is_used);
    PoolVersion::RegionView& view = version.views.emplace_back();
    view.region = key_of(regions.all->name_of(region));
    for (const geoip::RegionIndex each : stands) view.elsewhere.push_back(ranks.of(each));
  }
}

}  // namespace headgate::proxy::balance::region
