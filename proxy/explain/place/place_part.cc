#include "proxy/explain/place/place_part.h"

#include <fmt/core.h>

namespace headgate::proxy::explain::place {

std::optional<PlacePart> place_part_of(const geo::AtlasShare* atlas, const base::IpAddress& client) {
  if (atlas == nullptr) return std::nullopt;
  const std::shared_ptr<const geoip::Atlas> now = atlas->atlas();
  const geoip::Regions& regions = now->regions();
  const geoip::Located located = now->locate(client);
  PlacePart out;
  out.region = regions.name_of(located.decision.region);
  out.reason = geoip::to_string(located.decision.why);
  out.why = geoip::why_text(regions, located.decision, located.place);
  out.network = base::IpNetwork{client.masked(located.prefix_bits), located.prefix_bits}.text();
  out.country = located.place.country.text();
  out.continent = located.place.continent.text();
  out.city = located.place.city;
  out.asn = located.place.asn;
  out.organization = located.place.organization;
  for (const geoip::RegionIndex other : regions.order_from(located.decision.region)) {
    if (other != located.decision.region) out.then.emplace_back(regions.name_of(other));
  }
  return out;
}

std::string line_of(const PlacePart& part) {
  std::string out;
  const auto add = [&out](std::string_view text) {
    if (!text.empty()) out += (out.empty() ? "" : ", ") + std::string(text);
  };
  add(part.city);
  add(part.country);
  add(part.continent);
  if (part.asn != 0) add(fmt::format("AS{}", part.asn));
  add(part.organization);
  return out.empty() ? out : fmt::format("{}; all of {} is", out, part.network);
}

}  // namespace headgate::proxy::explain::place
