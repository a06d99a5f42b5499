#include "proxy/balance/choose/ring.h"

#include <algorithm>
#include <tuple>

namespace headgate::proxy::balance::choose {

Ring::Ring(std::span<const HashMember> members) {
  if (members.empty()) return;
  const std::uint64_t heaviest = std::ranges::max(members, {}, &HashMember::weight).weight;
  // By the number of members rather than by their weights: a point of one must not depend on what another weighs, but
  // for the heaviest.
  const std::size_t of_heaviest = std::clamp(kPointsInAll / members.size(), kPointsMin, kPointsMax);
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const auto [id, weight] = members[i];
    if (weight == 0) continue;
    const std::size_t points = std::max<std::size_t>(of_heaviest * weight / heaviest, 1);
    for (std::size_t point = 0; point < points; ++point) points_.push_back({mixed(id ^ mixed(point)), i});
  }
  // Of two points in one place the same one must always come first.
  std::ranges::sort(points_, {}, [&](const Point& point) { return std::tuple(point.at, members[point.member].id); });
}

std::uint32_t Ring::at(std::uint64_t hash, std::uint32_t probe) const {
  const auto first = std::ranges::lower_bound(points_, hash, {}, &Point::at);
  const auto place = static_cast<std::size_t>(first - points_.begin()) + probe;
  return points_[place % points_.size()].member;
}

}  // namespace headgate::proxy::balance::choose
