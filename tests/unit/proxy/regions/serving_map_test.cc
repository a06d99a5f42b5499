#include "proxy/regions/serving_map.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/regions/regions_share.h"

namespace headgate::proxy::regions {
namespace {

using balance::choose::Standing;
using geoip::kNoRegion;
using geoip::RegionIndex;
using HealthState = health::State;

constexpr RegionIndex kEu = 0;
constexpr RegionIndex kUs = 1;
constexpr RegionIndex kAp = 2;

/// Frankfurt, Virginia and Singapore: from eu the next are us and ap, from ap they are eu and us. The last has no
/// place.
const geoip::Regions& regions() {
  static const geoip::Regions all({{"eu", {}, {}, geoip::Point{50.11, 8.68}},
                                   {"us", {}, {}, geoip::Point{39.04, -77.49}},
                                   {"ap", {}, {}, geoip::Point{1.35, 103.82}},
                                   {"lab", {}, {}, std::nullopt}},
                                  {}, "");
  return all;
}
base::IpAddress ip(const char* text) {
  return *base::IpAddress::parse(text);
}

struct World {
  std::vector<config::Region> places{4};
  std::vector<regions::Standing> standings{4};
  std::vector<PoolMembers> pools{1};
  std::string home;

  void add(RegionIndex region, const char* address, std::uint32_t priority = 0, bool backup = false) {
    pools[0].members.push_back({region, ip(address), {.backup = backup, .priority = priority}});
  }
  void set(std::size_t member, HealthState state) { pools[0].members[member].standing.state = state; }
  void set_region(RegionIndex region, State state) { standings[region].state = state; }
  ServingMap map() const { return ServingMap({regions(), home, places, standings, pools}); }
  /// "us failing": who serves a client of that region.
  std::string of(RegionIndex client) const {
    const Serving serving = map().of(0, client);
    std::string out(serving.region == kNoRegion ? "none" : regions().name_of(serving.region));
    if (serving.is_failing) out += " failing";
    if (serving.is_last_resort) out += " last";
    return out;
  }
};

World of_three() {
  World world;
  world.add(kEu, "10.0.0.1");
  world.add(kEu, "10.0.0.2");
  world.add(kUs, "10.1.0.1");
  world.add(kAp, "10.2.0.1");
  return world;
}

TEST(ServingMap, GivesEachClientTheNearestThatHasAFitBackend) {
  World world = of_three();
  EXPECT_EQ(world.of(kEu), "eu");
  EXPECT_EQ(world.of(kAp), "ap");
  EXPECT_EQ(world.of(3), "eu") << "without a place: in the order of the configuration";
  world.set(0, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "eu");
  world.set(1, HealthState::kEjected);
  EXPECT_EQ(world.of(kEu), "us failing");
  EXPECT_EQ(world.of(kUs), "us");
  world.set(2, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "ap failing");
  world.set(3, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "none failing last");
}

TEST(ServingMap, WhatIsWantedOutDoesNotFail) {
  World world = of_three();
  world.set(3, HealthState::kDraining);
  EXPECT_EQ(world.of(kAp), "eu") << "an operator drains its only backend: nothing fails";
  world.pools[0].members[2].standing.weight_percent = 0;
  EXPECT_EQ(world.of(kUs), "eu");
}

TEST(ServingMap, RegionsThatAreDownOrDrainedComeLast) {
  World world = of_three();
  world.set_region(kEu, State::kDrained);
  EXPECT_EQ(world.of(kEu), "us") << "a planned move: nothing fails";
  world.set_region(kUs, State::kDown);
  EXPECT_EQ(world.of(kEu), "ap failing");
  world.set_region(kAp, State::kDown);
  EXPECT_EQ(world.of(kEu), "eu failing") << "drained before down";
  world.set(0, HealthState::kDown);
  world.set(1, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "none failing last");
}

TEST(ServingMap, ARequirementThatIsMissedIsSaidBeforeItCounts) {
  World world = of_three();
  world.standings[kEu].is_failing = true;
  EXPECT_EQ(world.of(kEu), "eu failing");
  EXPECT_EQ(world.of(kUs), "us");
}

TEST(ServingMap, ClientsOfNoRegionAreInTheInstances) {
  World world = of_three();
  EXPECT_EQ(world.of(kNoRegion), "eu") << "the first of the configuration";
  world.home = "ap";
  EXPECT_EQ(world.of(kNoRegion), "ap");
  world.set(3, HealthState::kDown);
  EXPECT_EQ(world.of(kNoRegion), "eu failing");
}

TEST(ServingMap, ByPriorityFirstAndBackupsLast) {
  World world;
  world.add(kUs, "10.1.0.1", 0);
  world.add(kEu, "10.0.0.1", 1);
  world.add(kAp, "10.2.0.1", 0, true);
  EXPECT_EQ(world.of(kEu), "us");
  EXPECT_EQ(world.of(kAp), "us") << "a backup, while another is fit";
  world.set_region(kUs, State::kDrained);
  EXPECT_EQ(world.of(kAp), "eu");
  world.set_region(kEu, State::kDrained);
  EXPECT_EQ(world.of(kUs), "ap") << "a backup rather than a region that is drained";
  world.set(2, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "us");
}

TEST(ServingMap, WithoutARegionAtAnyBackendTheirStateDecides) {
  World world;
  world.add(kNoRegion, "10.0.0.1");
  EXPECT_EQ(world.of(kUs), "us");
  world.set(0, HealthState::kDown);
  EXPECT_EQ(world.of(kUs), "us") << "whose backend that is nobody knows";
  world.set_region(kUs, State::kDown);
  EXPECT_EQ(world.of(kUs), "eu failing");
  for (const RegionIndex each : {kEu, kAp, RegionIndex{3}}) world.set_region(each, State::kDown);
  EXPECT_EQ(world.of(kUs), "none failing last");
  world.set_region(kAp, State::kDrained);
  EXPECT_EQ(world.of(kUs), "ap failing");
}

TEST(ServingMap, BackendsOfNoRegionServeBeforeRegionsThatAreDrained) {
  World world = of_three();
  world.add(kNoRegion, "10.9.0.1");
  for (const RegionIndex each : {kEu, kUs, kAp}) world.set_region(each, State::kDrained);
  EXPECT_EQ(world.of(kEu), "lab") << "any region that is up leads to them";
  world.set(4, HealthState::kDown);
  EXPECT_EQ(world.of(kEu), "eu");
}

std::string texts(std::span<const config::RegionAddress> addresses) {
  std::string out;
  for (const config::RegionAddress& each : addresses) out += each.address.text() + " ";
  return out;
}

TEST(ServingMap, AddressesThatAreBackendsGoWithThese) {
  World world = of_three();
  world.places[kEu].addresses = {{ip("10.0.0.1"), 3}, {ip("10.0.0.2"), 1}, {ip("192.0.2.1"), 1}};
  world.places[kUs].addresses = {{ip("10.1.0.1"), 1}};
  EXPECT_EQ(texts(world.map().healthy(0, kEu)), "10.0.0.1 10.0.0.2 192.0.2.1 ");
  EXPECT_EQ(world.map().healthy(0, kEu)[0].weight, 3u);
  world.set(0, HealthState::kDown);
  EXPECT_EQ(texts(world.map().healthy(0, kEu)), "10.0.0.2 192.0.2.1 ");
  world.add(kUs, "10.0.0.1");
  EXPECT_EQ(texts(world.map().healthy(0, kEu)), "10.0.0.1 10.0.0.2 192.0.2.1 ") << "another port of it is fit";
  world.set(2, HealthState::kDown);
  EXPECT_EQ(texts(world.map().healthy(0, kUs)), "10.1.0.1 ") << "rather all than none";
  EXPECT_EQ(texts(world.map().healthy(0, kAp)), "");
  EXPECT_EQ(texts(world.map().healthy(0, kNoRegion)), "");
  EXPECT_EQ(texts(world.map().everywhere()), "10.0.0.1 10.0.0.2 192.0.2.1 10.1.0.1 ");
}

TEST(RegionsShare, AViewFollowsWhatIsPublished) {
  World world = of_three();
  const auto share = std::make_shared<RegionsShare>(std::make_shared<const ServingMap>(world.map()));
  MapView view(share);
  EXPECT_EQ(view.map().of(0, kEu).region, kEu);
  world.set_region(kEu, State::kDown);
  share->publish(std::make_shared<const ServingMap>(world.map()));
  const std::uint64_t before = view.generation();
  EXPECT_EQ(view.map().of(0, kEu).region, kUs);
  EXPECT_NE(view.generation(), before);
}

}  // namespace
}  // namespace headgate::proxy::regions
