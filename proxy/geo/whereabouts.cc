#include "proxy/geo/whereabouts.h"

namespace headgate::proxy::geo {

geoip::Located Desk::look_up(const base::IpAddress& address, const geoip::Decision& claimed) {
  geoip::Located located = newest().locate(address);
  if (claimed.region != geoip::kNoRegion) located.decision = claimed;
  count(located.decision);
  return located;
}

geoip::Decided Desk::decide(const base::IpAddress& address) {
  const geoip::Atlas& atlas = newest();
  if (!remembered_ && !atlas.databases().empty()) remembered_.emplace();
  const geoip::Decided decided = remembered_ ? remembered_->decide(atlas, address) : atlas.decide(address);
  count(decided.decision);
  return decided;
}

const geoip::Atlas& Desk::newest() {
  if (share_->generation() != generation_) [[unlikely]] {
    // Before the Atlas: one that is published in between moves the generation on once more.
    generation_ = share_->generation();
    atlas_ = share_->atlas();
    if (remembered_) remembered_->forget();
  }
  return *atlas_;
}

void Desk::count(const geoip::Decision& decision) {
  if (worker_ == kNoWorker) return;
  share_->counters().of(worker_).by_reason[static_cast<std::size_t>(decision.why)].add();
  const CountersByRegion& by_region = share_->by_region();
  if (decision.region < by_region.size()) by_region[decision.region]->of(worker_).lookups.add();
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
