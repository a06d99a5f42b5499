#include "proxy/regions/homes.h"

#include "base/ascii.h"

namespace headgate::proxy::regions {

Homes::Homes(const geoip::Regions& regions, const std::vector<config::Region>& places, std::string_view own)
    : own_(regions.find(own)) {
  for (const config::Region& place : places) {
    const std::string& whole = place.host;
    const std::size_t colon = whole.rfind(':');
    const bool has_port = colon != std::string::npos && whole.find(']', colon) == std::string::npos;
    hosts_.push_back({whole, has_port ? whole.substr(0, colon) : whole});
  }
}

Homes::Answer Homes::answer(const ServingMap& map, std::size_t pool, geoip::RegionIndex client,
                            std::string_view host) const {
  using Why = Answer::Why;
  Answer out;
  out.region = map.of(pool, client).region;
  const auto served = [&out](Why why) {
    out.why = why;
    return out;
  };
  if (out.region == geoip::kNoRegion) return served(Why::kNobody);
  if (out.region == own_) return served(Why::kServedHere);
  if (map.standing_of(out.region).state != State::kUp) return served(Why::kNotUp);
  if (out.region >= hosts_.size() || hosts_[out.region].whole.empty()) return served(Why::kNoHost);
  const Host& there = hosts_[out.region];
  if (base::equals_ignoring_case(host, there.name)) return served(Why::kAskedFor);
  out.host = there.whole;
  return served(Why::kSent);
}

}  // namespace headgate::proxy::regions
