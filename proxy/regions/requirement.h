#pragma once
#include <cstdint>
#include <string>

#include "config/geo.h"
#include "geoip/regions.h"
#include "proxy/regions/serving_map.h"

namespace headgate::proxy::regions {

/// How one requirement of a region stands.
struct RequirementStanding {
  config::RegionRequirement wanted;
  std::uint32_t healthy = 0;  ///< backends of that pool there that take requests
  std::uint32_t backends = 0;
  std::uint32_t healthy_percent = 0;  ///< of their weight, rounded down; of no weight: 0
  bool is_met = false;
};
/// By the members that the pool has in `region` now, whatever their priority; who is drained, disabled or of weight 0
/// takes no requests.
RequirementStanding standing_of(const config::RegionRequirement& wanted, const PoolMembers& pool,
                                geoip::RegionIndex region);

/// "pool app has 1 of 3 backends healthy, where 2 are required": why it is missed, or how it is met.
std::string text_of(const RequirementStanding& standing);

/// Whether a region is up, by looks at what it requires: so many in a row that miss take it down, so many that hold
/// bring it back.
class RiseAndFall {
 public:
  /// What is found is so at once.
  void settle(bool is_held) {
    is_up_ = is_held;
    run_ = 0;
  }
  /// One look; whether is_up() has changed. `counts`: one of those that come each second; another one only begins a
  /// row, so that many changes within a moment make no row by themselves.
  bool look(bool is_held, bool counts, std::uint32_t rise, std::uint32_t fall);
  bool is_up() const { return is_up_; }
  std::uint32_t run() const { return run_; }  ///< looks in a row that say otherwise

 private:
  bool is_up_ = true;
  std::uint32_t run_ = 0;
};

}  // namespace headgate::proxy::regions
