#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/dns/zone/zone.h"
#include "proxy/explain/lookup/lookup.h"
#include "proxy/explain/lookup/question.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/regions/regions_share.h"

// Why a question of DNS would be answered as it would be: by the functions that answer it.
namespace headgate::proxy::explain::lookup {

/// What is known of a pool in a region beside what the map says.
struct Sight {
  std::string why;  ///< of the region's state; empty: nothing
  std::uint32_t backends = 0;
  std::uint32_t healthy = 0;
};

struct Surroundings {
  const config::Config& config;
  /// As Config::dns.zones.
  const std::vector<std::shared_ptr<const dns::zone::Zone>>& zones;
  std::shared_ptr<geo::AtlasShare> atlas;          ///< null: nothing is known of where clients are
  std::shared_ptr<regions::RegionsShare> regions;  ///< null: there are none
  std::function<Sight(std::string_view pool, std::string_view region)> sight;
  base::WallTime at;
  bool live = false;
};

/// kInvalid: a name or a type that is none.
base::Result<Lookup> explain(const Question& question, const Surroundings& around);

/// What a configuration says of its backends, as if all of them were well: of one that does not run.
Sight configured_sight(const config::Config& config, std::string_view pool, std::string_view region);

}  // namespace headgate::proxy::explain::lookup
