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

struct Scene {
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

Scene of_three() {
  Scene scene;
  scene.add(kEu, "10.0.0.1");
  scene.add(kEu, "10.0.0.2");
  scene.add(kUs, "10.1.0.1");
  scene.add(kAp, "10.2.0.1");
  return scene;
}

TEST(ServingMap, GivesEachClientTheNearestThatHasAFitBackend) {
  Scene scene = of_three();
  EXPECT_EQ(scene.of(kEu), "eu");
  EXPECT_EQ(scene.of(kAp), "ap");
  EXPECT_EQ(scene.of(3), "eu") << "without a place: in the order of the configuration";
  scene.set(0, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "eu");
  scene.set(1, HealthState::kEjected);
  EXPECT_EQ(scene.of(kEu), "us failing");
  EXPECT_EQ(scene.of(kUs), "us");
  scene.set(2, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "ap failing");
  scene.set(3, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "none failing last");
}

Scene of_three_in_panic() {
  Scene scene = of_three();
  scene.add(kAp, "10.2.0.2");
  scene.add(kAp, "10.2.0.3");
  for (const std::size_t down : {0u, 1u, 2u, 4u, 5u}) scene.set(down, HealthState::kDown);
  scene.pools[0].panic_below_percent = 17;  // one of six is up
  return scene;
}

TEST(ServingMap, InPanicTheHealthOfBackendsIsNotLookedAt) {
  Scene scene = of_three_in_panic();
  EXPECT_EQ(scene.of(kEu), "eu failing");
  EXPECT_EQ(scene.of(kUs), "us failing");
  EXPECT_EQ(scene.of(kAp), "ap failing");
  scene.pools[0].panic_below_percent = 16;
  EXPECT_EQ(scene.of(kEu), "ap failing");
  scene.pools[0].panic_below_percent = 17;
  scene.set(4, HealthState::kUp);
  EXPECT_EQ(scene.of(kEu), "ap failing");
  for (const std::size_t down : {3u, 4u}) scene.set(down, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "eu failing") << "not the last resort: all are taken for up";
  scene.set(0, HealthState::kDisabled);
  scene.set(1, HealthState::kDraining);
  EXPECT_EQ(scene.of(kEu), "us failing") << "what an operator wishes holds";
}

TEST(ServingMap, InPanicTheStateOfRegionsHolds) {
  Scene scene = of_three_in_panic();
  scene.pools[0].panic_below_percent = 50;
  scene.set_region(kEu, State::kDown);
  EXPECT_EQ(scene.of(kEu), "us failing");
  scene.set_region(kEu, State::kDrained);
  EXPECT_EQ(scene.of(kEu), "us failing");
  scene.set_region(kUs, State::kDown);
  EXPECT_EQ(scene.of(kEu), "ap failing");
  scene.set_region(kUs, State::kDrained);
  scene.set_region(kAp, State::kDrained);
  EXPECT_EQ(scene.of(kEu), "eu failing") << "with all of them drained it is as with none";
}

TEST(ServingMap, InPanicNoAddressIsLeftOut) {
  Scene scene = of_three_in_panic();
  scene.places[kAp].addresses = {{ip("10.2.0.1"), 1}, {ip("10.2.0.2"), 1}};
  const auto count = [&] { return scene.map().healthy(0, kAp).size(); };
  EXPECT_EQ(count(), 2u);
  scene.pools[0].panic_below_percent = 16;
  EXPECT_EQ(count(), 1u);
  scene.pools[0].panic_below_percent = 17;
  scene.set(4, HealthState::kDisabled);
  scene.set(3, HealthState::kDown);
  EXPECT_EQ(count(), 1u) << "but what an operator has taken out";
}

TEST(ServingMap, WhatIsWantedOutDoesNotFail) {
  Scene scene = of_three();
  scene.set(3, HealthState::kDraining);
  EXPECT_EQ(scene.of(kAp), "eu") << "an operator drains its only backend: nothing fails";
  scene.pools[0].members[2].standing.weight_percent = 0;
  EXPECT_EQ(scene.of(kUs), "eu");
}

TEST(ServingMap, RegionsThatAreDownOrDrainedComeLast) {
  Scene scene = of_three();
  scene.set_region(kEu, State::kDrained);
  EXPECT_EQ(scene.of(kEu), "us") << "a planned move: nothing fails";
  scene.set_region(kUs, State::kDown);
  EXPECT_EQ(scene.of(kEu), "ap failing");
  scene.set_region(kAp, State::kDown);
  EXPECT_EQ(scene.of(kEu), "eu failing") << "drained before down";
  scene.set(0, HealthState::kDown);
  scene.set(1, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "none failing last");
}

TEST(ServingMap, ARequirementThatIsMissedIsSaidBeforeItCounts) {
  Scene scene = of_three();
  scene.standings[kEu].is_failing = true;
  EXPECT_EQ(scene.of(kEu), "eu failing");
  EXPECT_EQ(scene.of(kUs), "us");
}

TEST(ServingMap, ClientsOfNoRegionAreInTheInstances) {
  Scene scene = of_three();
  EXPECT_EQ(scene.of(kNoRegion), "eu") << "the first of the configuration";
  scene.home = "ap";
  EXPECT_EQ(scene.of(kNoRegion), "ap");
  scene.set(3, HealthState::kDown);
  EXPECT_EQ(scene.of(kNoRegion), "eu failing");
}

TEST(ServingMap, ByPriorityFirstAndBackupsLast) {
  Scene scene;
  scene.add(kUs, "10.1.0.1", 0);
  scene.add(kEu, "10.0.0.1", 1);
  scene.add(kAp, "10.2.0.1", 0, true);
  EXPECT_EQ(scene.of(kEu), "us");
  EXPECT_EQ(scene.of(kAp), "us") << "a backup, while another is fit";
  scene.set_region(kUs, State::kDrained);
  EXPECT_EQ(scene.of(kAp), "eu");
  scene.set_region(kEu, State::kDrained);
  EXPECT_EQ(scene.of(kUs), "ap") << "a backup rather than a region that is drained";
  scene.set(2, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "us");
}

TEST(ServingMap, WithoutARegionAtAnyBackendTheirStateDecides) {
  Scene scene;
  scene.add(kNoRegion, "10.0.0.1");
  EXPECT_EQ(scene.of(kUs), "us");
  scene.set(0, HealthState::kDown);
  EXPECT_EQ(scene.of(kUs), "us") << "whose backend that is nobody knows";
  scene.set_region(kUs, State::kDown);
  EXPECT_EQ(scene.of(kUs), "eu failing");
  for (const RegionIndex each : {kEu, kAp, RegionIndex{3}}) scene.set_region(each, State::kDown);
  EXPECT_EQ(scene.of(kUs), "none failing last");
  scene.set_region(kAp, State::kDrained);
  EXPECT_EQ(scene.of(kUs), "ap failing");
}

TEST(ServingMap, BackendsOfNoRegionServeBeforeRegionsThatAreDrained) {
  Scene scene = of_three();
  scene.add(kNoRegion, "10.9.0.1");
  for (const RegionIndex each : {kEu, kUs, kAp}) scene.set_region(each, State::kDrained);
  EXPECT_EQ(scene.of(kEu), "lab") << "any region that is up leads to them";
  scene.set(4, HealthState::kDown);
  EXPECT_EQ(scene.of(kEu), "eu");
}

std::string texts(std::span<const config::RegionAddress> addresses) {
  std::string out;
  for (const config::RegionAddress& each : addresses) out += each.address.text() + " ";
  return out;
}

TEST(ServingMap, AddressesThatAreBackendsGoWithThese) {
  Scene scene = of_three();
  scene.places[kEu].addresses = {{ip("10.0.0.1"), 3}, {ip("10.0.0.2"), 1}, {ip("192.0.2.1"), 1}};
  scene.places[kUs].addresses = {{ip("10.1.0.1"), 1}};
  EXPECT_EQ(texts(scene.map().healthy(0, kEu)), "10.0.0.1 10.0.0.2 192.0.2.1 ");
  EXPECT_EQ(scene.map().healthy(0, kEu)[0].weight, 3u);
  scene.set(0, HealthState::kDown);
  EXPECT_EQ(texts(scene.map().healthy(0, kEu)), "10.0.0.2 192.0.2.1 ");
  scene.add(kUs, "10.0.0.1");
  EXPECT_EQ(texts(scene.map().healthy(0, kEu)), "10.0.0.1 10.0.0.2 192.0.2.1 ") << "another port of it is fit";
  scene.set(2, HealthState::kDown);
  EXPECT_EQ(texts(scene.map().healthy(0, kUs)), "10.1.0.1 ") << "rather all than none";
  EXPECT_EQ(texts(scene.map().healthy(0, kAp)), "");
  EXPECT_EQ(texts(scene.map().healthy(0, kNoRegion)), "");
  EXPECT_EQ(texts(scene.map().everywhere()), "10.0.0.1 10.0.0.2 192.0.2.1 10.1.0.1 ");
}

TEST(RegionsShare, AViewFollowsWhatIsPublished) {
  Scene scene = of_three();
  const auto share = std::make_shared<RegionsShare>(std::make_shared<const ServingMap>(scene.map()));
  MapView view(share);
  EXPECT_EQ(view.map().of(0, kEu).region, kEu);
  scene.set_region(kEu, State::kDown);
  share->publish(std::make_shared<const ServingMap>(scene.map()));
  const std::uint64_t before = view.generation();
  EXPECT_EQ(view.map().of(0, kEu).region, kUs);
  EXPECT_NE(view.generation(), before);
}

}  // namespace
}  // namespace headgate::proxy::regions
