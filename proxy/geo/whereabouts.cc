#include "proxy/geo/whereabouts.h"

namespace headgate::proxy::geo {

geoip::Located Desk::look_up(const base::IpAddress& address) {
  if (share_->generation() != generation_) [[unlikely]] {
    // Before the Atlas: one that is published in between moves the generation on once more.
    generation_ = share_->generation();
    atlas_ = share_->atlas();
  }
  geoip::Located located = atlas_->locate(address);
  if (worker_ != kNoWorker) {
    share_->counters().of(worker_).by_reason[static_cast<std::size_t>(located.decision.why)].add();
  }
  return located;
}

void Whereabouts::find(const base::IpAddress& client) const {
  is_known_ = true;
  answer_ = {};
  if (desk_ == nullptr) return;
  const geoip::Located located = desk_->look_up(client);
  answer_ = {desk_->name_of(located.decision.region), located.place.country, located.place.asn, located.decision.why};
}

}  // namespace headgate::proxy::geo
