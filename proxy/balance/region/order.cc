#include "proxy/balance/region/order.h"

#include <algorithm>

#include "proxy/balance/choose/levels.h"

namespace headgate::proxy::balance::region {
namespace {

constexpr std::uint16_t kRankMax = choose::kDrainedFirst - 1;

std::uint16_t first_of(State state) {
  switch (state) {
    case State::kUp:
      return 0;
    case State::kDrained:
      return choose::kDrainedFirst;
    case State::kDown:
      return choose::kDownFirst;
  }
  return 0;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kUp:
      return "up";
    case State::kDrained:
      return "drained";
    case State::kDown:
      return "down";
  }
  return "";
}

Ranks ranks_from(const Regions& regions, geoip::RegionIndex from, const std::vector<bool>& is_used) {
  Ranks out;
  const geoip::Regions& all = *regions.all;
  out.of_regions.assign(all.size(), 0);
  const auto place = [&](geoip::RegionIndex region, std::uint16_t rank) {
    out.of_regions[region] = first_of(regions.state_of(region)) + std::min(rank, kRankMax);
  };
  if (from >= all.size()) {
    for (std::size_t i = 0; i < all.size(); ++i) place(static_cast<geoip::RegionIndex>(i), 0);
    return out;
  }
  std::uint16_t next = 1;
  std::vector<geoip::RegionIndex> alike;
  for (const geoip::RegionIndex each : all.order_from(from)) {
    if (each == from) {
      place(each, 0);
    } else if (!is_used[each]) {
      place(each, kRankMax);
    } else if (each < regions.configured || (all.at(from).location && all.at(each).location)) {
      place(each, next++);
    } else {
      alike.push_back(each);
    }
  }
  for (const geoip::RegionIndex each : alike) place(each, next);
  out.of_none = std::min(next, kRankMax);
  return out;
}

}  // namespace headgate::proxy::balance::region
