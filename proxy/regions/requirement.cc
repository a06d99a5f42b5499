#include "proxy/regions/requirement.h"

#include <fmt/core.h>

namespace headgate::proxy::regions {

RequirementStanding standing_of(const config::RegionRequirement& wanted, const PoolMembers& pool,
                                geoip::RegionIndex region) {
  RequirementStanding out;
  out.wanted = wanted;
  std::uint64_t weight = 0;
  std::uint64_t healthy_weight = 0;
  for (const PoolMembers::Member& each : pool.members) {
    if (each.region != region) continue;
    const balance::choose::Standing& member = each.standing;
    const bool is_healthy = member.state == health::State::kUp && member.weight > 0 && member.weight_percent > 0;
    ++out.backends;
    weight += member.weight;
    if (!is_healthy) continue;
    ++out.healthy;
    healthy_weight += member.weight;
  }
  constexpr std::uint64_t kWhole = 100;
  if (weight > 0) out.healthy_percent = static_cast<std::uint32_t>(healthy_weight * kWhole / weight);
  out.is_met = wanted.percent == 0 ? out.healthy >= wanted.count
                                   : weight > 0 && healthy_weight * kWhole >= weight * wanted.percent;
  return out;
}

std::string text_of(const RequirementStanding& standing) {
  const config::RegionRequirement& wanted = standing.wanted;
  if (wanted.percent == 0) {
    return fmt::format("pool {} has {} of {} {} healthy, where {} {} required", wanted.pool, standing.healthy,
                       standing.backends, standing.backends == 1 ? "backend" : "backends", wanted.count,
                       wanted.count == 1 ? "is" : "are");
  }
  return fmt::format("pool {} has {}% of its weight healthy, where {}% is required", wanted.pool,
                     standing.healthy_percent, wanted.percent);
}

bool RiseAndFall::look(bool is_held, bool counts, std::uint32_t rise, std::uint32_t fall) {
  if (is_held == is_up_) {
    run_ = 0;
    return false;
  }
  if (counts || run_ == 0) ++run_;
  if (run_ < (is_held ? rise : fall)) return false;
  settle(is_held);
  return true;
}

}  // namespace headgate::proxy::regions
