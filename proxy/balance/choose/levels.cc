#include "proxy/balance/choose/levels.h"

#include <algorithm>

namespace headgate::proxy::balance::choose {

std::uint32_t Level::health() const {
  if (weight == 0) return 0;
  constexpr std::uint64_t kWholePercent = 100;
  const std::uint64_t carried = healthy_weight * kWholeShare * kOverprovisioningPercent / (weight * kWholePercent);
  // What is up gets something, however little it is.
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(carried, healthy_weight > 0 ? 1 : 0, kWholeShare));
}

bool share_out(std::vector<Level>& levels) {
  std::uint32_t in_all = 0;
  for (const Level& level : levels) in_all += level.health();
  std::uint32_t left = kWholeShare;
  Level* last = nullptr;
  for (Level& level : levels) {
    const std::uint32_t carried = level.health();
    level.share = in_all >= kWholeShare ? std::min(left, carried) : in_all == 0 ? 0 : carried * kWholeShare / in_all;
    left -= level.share;
    if (level.share > 0) last = &level;
  }
  if (last != nullptr) last->share += left;  // what rounding left
  return in_all >= kWholeShare;
}

void share_by_weight(std::vector<Level>& levels, bool drained_too) {
  const auto taken = [drained_too](const Level& level) {
    return drained_too || out_part(level.elsewhere) != kDrainedFirst ? level.weight : level.healthy_weight;
  };
  std::uint64_t weight = 0;
  for (const Level& level : levels) weight += taken(level);
  std::uint32_t left = kWholeShare;
  Level* first = nullptr;
  for (Level& level : levels) {
    level.share = static_cast<std::uint32_t>(taken(level) * kWholeShare / std::max<std::uint64_t>(weight, 1));
    left -= level.share;
    if (taken(level) == 0) continue;
    level.share = std::max(level.share, 1u);
    if (first == nullptr) first = &level;
  }
  if (first != nullptr) first->share += left;  // what rounding left
}

}  // namespace headgate::proxy::balance::choose
