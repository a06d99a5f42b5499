#pragma once
#include <optional>

#include "base/ip_address.h"
#include "proxy/explain/place/place.h"
#include "proxy/geo/atlas_share.h"

namespace headgate::proxy::explain::place {

/// `atlas` is the site's; nothing where that is null.
std::optional<PlacePart> place_part_of(const geo::AtlasShare* atlas, const base::IpAddress& client);

/// "GB, AS20712 Example, in 81.2.69.142/31": what is known, on a line; empty: nothing.
std::string line_of(const PlacePart& part);

}  // namespace headgate::proxy::explain::place
