#include "geoip/regions.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace headgate::geoip {

std::string_view to_string(Why why) {
  switch (why) {
    case Why::kOverride:
      return "override";
    case Why::kPinned:
      return "pinned";
    case Why::kNetwork:
      return "network";
    case Why::kDatabase:
      return "database";
    case Why::kCountry:
      return "country";
    case Why::kContinent:
      return "continent";
    case Why::kNearest:
      return "nearest";
    case Why::kDefault:
      return "default";
    case Why::kNone:
      return "none";
  }
  return "";
}

Regions::Regions(std::vector<Region> regions, const std::vector<Network>& networks, std::string_view default_region)
    : regions_(std::move(regions)) {
  by_country_.fill(kNoRegion);
  by_continent_.fill(kNoRegion);
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    const auto index = static_cast<RegionIndex>(i);
    for (const Code& country : regions_[i].countries) by_country_[country.index()] = index;
    for (const Code& continent : regions_[i].continents) by_continent_[continent.index()] = index;
    if (regions_[i].location) located_.push_back({index, direction_of(*regions_[i].location)});
  }
  std::vector<NetworkTable::Entry> entries;
  entries.reserve(networks.size());
  for (const Network& network : networks) entries.push_back({network.network, known(network.region)});
  networks_ = NetworkTable(std::move(entries));
  if (!default_region.empty()) default_ = known(default_region);
  orders_.resize(regions_.size() * regions_.size());
  for (std::size_t from = 0; from < regions_.size(); ++from) {
    const auto order = std::span(orders_).subspan(from * regions_.size(), regions_.size());
    std::iota(order.begin(), order.end(), RegionIndex{0});
    const std::optional<Point>& here = regions_[from].location;
    const auto distance = [&](RegionIndex to) {
      if (to == from) return std::pair(-1.0, to);
      const std::optional<Point>& there = regions_[to].location;
      const bool is_known = here && there;
      return std::pair(is_known ? great_circle_km(*here, *there) : std::numeric_limits<double>::infinity(), to);
    };
    std::ranges::sort(order, {}, distance);
  }
}

RegionIndex Regions::find(std::string_view name) const {
  const auto found = std::ranges::find(regions_, name, &Region::name);
  return found == regions_.end() ? kNoRegion : static_cast<RegionIndex>(found - regions_.begin());
}

RegionIndex Regions::known(std::string_view name) {
  const RegionIndex found = find(name);
  if (found != kNoRegion || regions_.size() >= kNoRegion) return found;
  regions_.push_back(Region{std::string(name), {}, {}, {}});
  return static_cast<RegionIndex>(regions_.size() - 1);
}

Decision Regions::decide(const base::IpAddress& address, const Place* place, int& prefix_bits) const {
  const Decision named = decide_by_networks(address, prefix_bits);
  if (named.why != Why::kNone) return named;
  const Decision placed = place == nullptr ? Decision{} : decide_by_place(*place);
  return placed.why != Why::kNone ? placed : decide_by_default();
}

Decision Regions::decide_by_networks(const base::IpAddress& address, int& prefix_bits) const {
  const NetworkTable::Answer named = networks_.find(address);
  // A part of the place's network may be named, and the other way around.
  prefix_bits = std::max(prefix_bits, named.prefix_bits);
  if (named.value == NetworkTable::kNone) return {};
  return {static_cast<RegionIndex>(named.value), Why::kNetwork};
}

Decision Regions::decide_by_place(const Place& place) const {
  if (!place.region.empty()) {
    const RegionIndex stated = find(place.region);
    if (stated != kNoRegion) return {stated, Why::kDatabase};
  }
  if (!place.country.empty() && by_country_[place.country.index()] != kNoRegion) {
    return {by_country_[place.country.index()], Why::kCountry};
  }
  if (!place.continent.empty() && by_continent_[place.continent.index()] != kNoRegion) {
    return {by_continent_[place.continent.index()], Why::kContinent};
  }
  if (place.location && !located_.empty()) return {nearest_to(*place.location), Why::kNearest};
  return {};
}

RegionIndex Regions::nearest_to(const Point& point) const {
  const Direction there = direction_of(point);
  return std::ranges::max_element(located_, {}, [&](const Located& each) { return each.direction.times(there); })
      ->region;
}

std::span<const RegionIndex> Regions::order_from(RegionIndex region) const {
  if (region >= regions_.size()) return {};
  return std::span(orders_).subspan(region * regions_.size(), regions_.size());
}

std::string why_text(const Regions& regions, const Decision& decision, const Place& place) {
  const std::string_view name = regions.name_of(decision.region);
  switch (decision.why) {
    case Why::kOverride:
      return fmt::format("a header of a sender who is believed names {}", name);
    case Why::kPinned:
      return fmt::format("its cookie pins it to {}", name);
    case Why::kNetwork:
      return fmt::format("geoip.networks gives its network to {}", name);
    case Why::kDatabase:
      return fmt::format("the database states that its network is {}'s", name);
    case Why::kCountry:
      return fmt::format("country {} is {}'s", place.country.text(), name);
    case Why::kContinent:
      return fmt::format("continent {} is {}'s", place.continent.text(), name);
    case Why::kNearest: {
      const double km = great_circle_km(*place.location, *regions.at(decision.region).location);
      return fmt::format("no region is nearer by great circle: {:.0f} km to {}", km, name);
    }
    case Why::kDefault:
      return fmt::format("neither network, country, continent nor location gives it one; {} is default_region", name);
    case Why::kNone:
      return "neither network, country, continent nor location gives it one, and there is no default_region";
  }
  return "";
}

}  // namespace headgate::geoip
