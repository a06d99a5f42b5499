#include "proxy/balance/choose/eligibility.h"

#include <algorithm>

namespace headgate::proxy::balance::choose {
namespace {

bool takes_new_requests(const Standing& member) {
  const bool is_wanted_out = member.state == health::State::kDraining || member.state == health::State::kDisabled;
  return member.weight > 0 && member.weight_percent > 0 && !is_wanted_out;
}

}  // namespace

Place Eligibility::place_of(const Standing& member) const {
  if (member.state == health::State::kDisabled) return Place::kDisabled;
  if (member.state == health::State::kDraining) return Place::kDraining;
  if (member.weight == 0 || member.weight_percent == 0) return Place::kWeightZero;
  if (member.state != health::State::kUp && !panic) return Place::kUnfit;
  if (member.backup != use_backups) return member.backup ? Place::kHeldBack : Place::kPassedOver;
  return Place::kCandidate;
}

Eligibility eligible_of(std::span<const Standing> members, std::uint32_t panic_below_percent) {
  Eligibility result;
  std::uint64_t primaries = 0;
  std::uint64_t healthy_primaries = 0;
  for (const Standing& member : members) {
    const bool up = member.state == health::State::kUp;
    if (up) ++result.up;
    if (member.backup || !takes_new_requests(member)) continue;
    ++primaries;
    if (up) ++healthy_primaries;
  }
  result.panic = healthy_primaries * 100 < primaries * panic_below_percent;
  result.use_backups = !result.panic && healthy_primaries == 0;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const Standing& member = members[i];
    if (result.place_of(member) != Place::kCandidate) continue;
    result.candidates.push_back({i, member.weight * std::min(member.weight_percent, 100u)});
  }
  return result;
}

}  // namespace headgate::proxy::balance::choose
