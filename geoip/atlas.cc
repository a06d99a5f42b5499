#include "geoip/atlas.h"

#include <algorithm>

namespace headgate::geoip {
namespace {

/// What `other` knows and `place` does not.
void complete(Place& place, const Place& other) {
  const bool has_area = !place.country.empty() || !place.continent.empty() || place.location;
  if (!has_area) {
    place.country = other.country;
    place.continent = other.continent;
    place.location = other.location;
    place.city = other.city;
  }
  if (place.asn == 0 && place.organization.empty()) {
    place.asn = other.asn;
    place.organization = other.organization;
  }
  if (place.region.empty()) place.region = other.region;
}

}  // namespace

Located Atlas::locate(const base::IpAddress& address) const {
  Located out;
  bool is_known = false;
  for (const std::shared_ptr<const Database>& database : databases_) {
    const Database::Found found = database->find(address);
    out.prefix_bits = std::max(out.prefix_bits, found.prefix_bits);
    if (found.place == nullptr) continue;
    if (is_known) {
      complete(out.place, *found.place);
    } else {
      out.place = *found.place;
    }
    is_known = true;
  }
  out.decision = regions_->decide(address, is_known ? &out.place : nullptr, out.prefix_bits);
  return out;
}

}  // namespace headgate::geoip
