#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "proxy/explain/place/place.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/regions/homes.h"
#include "proxy/regions/serving_map.h"

namespace headgate::proxy::explain::place {

/// `atlas` is the site's; nothing where that is null. `claimed`: what the request says of it, of no region: nothing.
std::optional<PlacePart> place_part_of(const geo::AtlasShare* atlas, const base::IpAddress& client,
                                       const geoip::Decision& claimed);

/// Adds which region serves the client. `pool_name`: of the map's pool; empty: the route has none.
void note_serving(const geoip::Regions& regions, const regions::ServingMap& map, std::size_t pool,
                  std::string_view pool_name, PlacePart& out);
/// What `send_home` makes of it: "it is sent to eu.example.com, where eu serves it".
std::string home_text(const regions::Homes::Answer& home, const geoip::Regions& regions);

/// "GB, AS20712 Example, in 81.2.69.142/31": what is known, on a line; empty: nothing.
std::string line_of(const PlacePart& part);

}  // namespace headgate::proxy::explain::place
