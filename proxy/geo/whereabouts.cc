#include "proxy/geo/whereabouts.h"

namespace headgate::proxy::geo {

geoip::Located Desk::look_up(const base::IpAddress& address, const geoip::Decision& claimed) {
  if (share_->generation() != generation_) [[unlikely]] {
    // Before the Atlas: one that is published in between moves the generation on once more.
    generation_ = share_->generation();
    atlas_ = share_->atlas();
  }
  geoip::Located located = atlas_->locate(address);
  if (claimed.region != geoip::kNoRegion) located.decision = claimed;
  if (worker_ == kNoWorker) return located;
  share_->counters().of(worker_).by_reason[static_cast<std::size_t>(located.decision.why)].add();
  const CountersByRegion& by_region = share_->by_region();
  const geoip::RegionIndex region = located.decision.region;
  if (region < by_region.size()) by_region[region]->of(worker_).lookups.add();
  return located;
}

void Whereabouts::find(const base::IpAddress& client) const {
  is_known_ = true;
  answer_ = {};
  if (desk_ == nullptr) return;
  const geoip::Located located = desk_->look_up(client, claimed_);
  answer_ = {desk_->name_of(located.decision.region), located.place.country, located.place.asn, located.decision.region,
             located.decision.why};
}

}  // namespace headgate::proxy::geo
