#pragma once
#include <memory>
#include <string>

#include "config/config.h"
#include "geoip/atlas.h"

namespace headgate::proxy::geo {

/// The regions that a configuration names: those of `regions` in their order, then those that stand in geoip.networks,
/// default_region, region or at a backend alone.
std::shared_ptr<const geoip::Regions> regions_of(const config::Config& config);

/// Whether a client can have one.
bool clients_have_regions(const config::Geo& settings);

/// "a GeoLite2-City of 2026-11-20, 4,200,000 networks": what was loaded, for a person.
std::string text_of(const geoip::Database::About& about);

}  // namespace headgate::proxy::geo
