#include "proxy/explain/place/place_part.h"

#include <fmt/core.h>

namespace headgate::proxy::explain::place {

std::optional<PlacePart> place_part_of(const geo::AtlasShare* atlas, const base::IpAddress& client,
                                       const geoip::Decision& claimed) {
  if (atlas == nullptr) return std::nullopt;
  const std::shared_ptr<const geoip::Atlas> now = atlas->atlas();
  const geoip::Regions& regions = now->regions();
  geoip::Located located = now->locate(client);
  if (claimed.region != geoip::kNoRegion) located.decision = claimed;
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

void note_serving(const geoip::Regions& regions, const regions::ServingMap& map, std::size_t pool,
                  std::string_view pool_name, PlacePart& out) {
  const geoip::RegionIndex client = regions.find(out.region);
  const regions::Serving serving = map.of(pool, client);
  out.served_by = regions.name_of(serving.region);
  if (serving.is_last_resort) {
    out.served_why =
        pool_name.empty() ? std::string("no region is up") : fmt::format("no region can serve pool {}", pool_name);
    return;
  }
  std::string why;
  for (const geoip::RegionIndex each : regions.order_from(client)) {
    if (each == serving.region) break;
    const regions::State state = map.standing_of(each).state;
    const std::string_view name = regions.name_of(each);
    why += why.empty() ? "" : ", ";
    why += state != regions::State::kUp
               ? fmt::format("{} is {}", name, to_string(state))
               : fmt::format("{} has no backend of pool {} that takes requests", name, pool_name);
  }
  const regions::State state = map.standing_of(serving.region).state;
  if (state != regions::State::kUp) {
    why += fmt::format("{}it is {}, and no other can", why.empty() ? "" : "; ", to_string(state));
  }
  out.served_why = std::move(why);
}

std::string home_text(const regions::Homes::Answer& home, const geoip::Regions& regions) {
  using Why = regions::Homes::Answer::Why;
  const std::string_view name = regions.name_of(home.region);
  switch (home.why) {
    case Why::kSent:
      return fmt::format("it is sent to {}, where {} serves it", home.host, name);
    case Why::kServedHere:
      return "it is served here: that is this instance's region";
    case Why::kNobody:
      return "it is served here: no region can serve it";
    case Why::kNotUp:
      return fmt::format("it is served here: {}, which would serve it, is not up", name);
    case Why::kNoHost:
      return fmt::format("it is served here: {} has no host (regions.{}.host)", name, name);
    case Why::kAskedFor:
      return fmt::format("it is served here: it asks for the host of {} already", name);
  }
  return "";
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
