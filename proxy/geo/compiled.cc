#include "proxy/geo/compiled.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <ctime>
#include <unordered_set>

namespace headgate::proxy::geo {
namespace {

std::vector<geoip::Code> codes_of(const std::vector<std::string>& texts) {
  std::vector<geoip::Code> out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace

std::shared_ptr<const geoip::Regions> regions_of(const config::Config& config) {
  std::vector<geoip::Regions::Region> regions;
  std::unordered_set<std::string_view> known;
  for (const config::Region& region : config.geo.regions) {
    std::optional<geoip::Point> location;
    if (region.location) location = geoip::Point{region.location->latitude, region.location->longitude};
    regions.push_back({region.name, codes_of(region.countries), codes_of(region.continents), location});
    known.insert(region.name);
  }
  const auto add = [&](const std::string& name) {
    if (!name.empty() && known.insert(name).second) regions.push_back({name, {}, {}, {}});
  };
  std::vector<geoip::Regions::Network> networks;
  for (const config::RegionNetwork& network : config.geo.networks) {
    add(network.region);
    networks.push_back({network.network, network.region});
  }
  add(config.geo.default_region);
  add(config.region);
  for (const config::Pool& pool : config.pools) {
    for (const config::Backend& backend : pool.backends) add(backend.region);
  }
  return std::make_shared<const geoip::Regions>(std::move(regions), networks, config.geo.default_region);
}

bool clients_have_regions(const config::Geo& settings) {
  return settings.gives_regions() || settings.pin || settings.region_override;
}

std::string text_of(const geoip::Database::About& about) {
  const auto built = static_cast<std::time_t>(about.built_seconds);
  std::tm date{};
  // A file may state any number.
  const std::string day = ::gmtime_r(&built, &date) == nullptr ? "no known day" : fmt::format("{:%Y-%m-%d}", date);
  return fmt::format("{} of {}, {} {}", about.type.empty() ? "a database" : about.type, day, about.networks,
                     about.networks == 1 ? "network" : "networks");
}

}  // namespace headgate::proxy::geo
