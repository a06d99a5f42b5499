#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "geoip/regions.h"

namespace headgate::proxy::balance::region {

/// What a region may be given. The same words in the API, metrics and log.
enum class State : std::uint8_t {
  kUp,
  kDrained,  ///< by somebody's wish: clients go elsewhere while another region can serve them
  kDown,     ///< less of its pools is healthy than it requires
};
std::string_view to_string(State state);

/// The regions of a configuration as pools see them.
struct Regions {
  const geoip::Regions* all = nullptr;
  /// So many of them stand under `regions`. Those without a location come in that order, where the others, which only
  /// somebody names, are all alike.
  std::size_t configured = 0;
  std::span<const State> states = {};  ///< by RegionIndex; of those beyond its end: up
  State state_of(geoip::RegionIndex region) const { return region < states.size() ? states[region] : State::kUp; }
};

/// Where each comes, as choose::Standing::elsewhere has it: lower is first.
struct Ranks {
  std::vector<std::uint16_t> of_regions;  ///< by RegionIndex
  std::uint16_t of_none = 0;              ///< of what states no region, or one that is not known
  std::uint16_t of(geoip::RegionIndex region) const {
    return region < of_regions.size() ? of_regions[region] : of_none;
  }
};
/// By how many regions of those in `is_used` (by RegionIndex) are nearer to `from`, which is 0 itself, used or not.
/// From kNoRegion all are alike.
Ranks ranks_from(const Regions& regions, geoip::RegionIndex from, const std::vector<bool>& is_used);

}  // namespace headgate::proxy::balance::region
