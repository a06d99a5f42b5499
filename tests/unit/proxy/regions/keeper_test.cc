#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/balance/region/order.h"
#include "proxy/regions/region_keeper.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

// Whether regions are up, and who is told.
namespace headgate::proxy::regions {
namespace {

using HealthState = health::State;

/// What becomes of a region by looks: '+' all is well, '-' something is missed; in lower case those that only a change
/// brought about ('p', 'm'). "U" and "D" after each look.
std::string course(std::string_view looks, std::uint32_t rise, std::uint32_t fall) {
  RiseAndFall state;
  std::string out;
  for (const char look : looks) {
    state.look(look == '+' || look == 'p', look == '+' || look == '-', rise, fall);
    out += state.is_up() ? 'U' : 'D';
  }
  return out;
}

TEST(RiseAndFall, CountsLooksInARow) {
  EXPECT_EQ(course("+-+-", 1, 1), "UDUD");
  EXPECT_EQ(course("--+---", 1, 3), "UUUUUD");
  EXPECT_EQ(course("---++-+++", 3, 2), "UDDDDDDDU");
}

TEST(RiseAndFall, ManyChangesWithinAMomentAreOne) {
  EXPECT_EQ(course("m", 1, 1), "D") << "at once where one look is enough";
  EXPECT_EQ(course("mmmm-", 1, 2), "UUUUD");
  EXPECT_EQ(course("mmmm--", 1, 3), "UUUUUD");
  EXPECT_EQ(course("mpmpmp", 1, 2), "UUUUUU");
}

TEST(Requirement, SharesAreOfWeightAndCountsOfBackends) {
  PoolMembers pool;
  const auto add = [&pool](geoip::RegionIndex region, std::uint32_t weight, HealthState state, std::uint32_t percent) {
    pool.members.push_back({region, std::nullopt, {.weight = weight, .state = state, .weight_percent = percent}});
  };
  add(0, 3, HealthState::kUp, 100);
  add(0, 1, HealthState::kDown, 100);
  add(0, 2, HealthState::kDraining, 100);
  add(0, 4, HealthState::kUp, 0);
  add(0, 0, HealthState::kUp, 100);
  add(1, 100, HealthState::kUp, 100);
  const auto stands = [&pool](std::uint32_t count, std::uint32_t percent) {
    return standing_of({.place = {}, .pool = "app", .count = count, .percent = percent}, pool, 0);
  };
  EXPECT_TRUE(stands(1, 0).is_met);
  EXPECT_FALSE(stands(2, 0).is_met);
  EXPECT_TRUE(stands(0, 30).is_met);
  EXPECT_FALSE(stands(0, 31).is_met);
  EXPECT_EQ(text_of(stands(2, 0)), "pool app has 1 of 5 backends healthy, where 2 are required");
  EXPECT_EQ(text_of(stands(0, 31)), "pool app has 30% of its weight healthy, where 31% is required");
  EXPECT_FALSE(standing_of({.place = {}, .pool = "app", .count = 1, .percent = 1}, pool, 7).is_met)
      << "a share of nothing";
}

class KeeperTest : public testing::Test {
 protected:
  KeeperTest()
      : keeper_(loop_, {[this](const RegionChange& change) {
                          told_ += std::string(change.region) + " " + std::string(to_string(change.from)) + ">" +
                                   std::string(to_string(change.to)) + "; ";
                        },
                        [this](const std::vector<State>& states) { states_ = states; },
                        [this](const std::string& text, bool) { said_ += text + "; "; }}) {
    config_->region = "eu";
    for (const char* name : {"eu", "us"}) {
      config_->geo.regions.push_back({});
      config_->geo.regions.back().name = name;
      config_->geo.regions.back().requirements = {{.place = {}, .pool = "app", .count = 1, .percent = 0}};
      pool_.add();
      pool_.draft.members.back().region = name;
    }
    config_->pools.emplace_back().name = "app";
    pool_.publish();
    share_ = std::make_shared<RegionsShare>(std::make_shared<const ServingMap>(
        ServingMap::Source{*regions_, "eu", config_->geo.regions, {}, std::vector<PoolMembers>(1)}));
  }
  void follow() { keeper_.follow(config_, regions_, {pool_.pool}, share_); }
  std::string serves(geoip::RegionIndex client) {
    return std::string(regions_->name_of(share_->map()->of(0, client).region));
  }
  /// A change of health, as the loop's next turn sees it.
  void set_state(std::size_t member, HealthState state) {
    pool_.set_state(member, state);
    keeper_.pools_changed();
    balance::run_to_end(loop_, balance::pause(loop_, std::chrono::milliseconds(1)));
  }
  RegionRow row(std::size_t index) { return keeper_.rows()[index]; }

  net::Loop loop_;
  std::shared_ptr<config::Config> config_ = std::make_shared<config::Config>();
  std::shared_ptr<const geoip::Regions> regions_ = std::make_shared<const geoip::Regions>(
      std::vector<geoip::Regions::Region>{{"eu", {}, {}, {}}, {"us", {}, {}, {}}},
      std::vector<geoip::Regions::Network>(), "");
  balance::PoolUnderTest pool_;
  std::shared_ptr<RegionsShare> share_;
  std::string told_;
  std::string said_;
  std::vector<State> states_;
  RegionKeeper keeper_;
};

TEST_F(KeeperTest, FollowsHealth) {
  follow();
  EXPECT_EQ(serves(0), "eu");
  EXPECT_EQ(told_, "");
  set_state(0, HealthState::kDown);
  EXPECT_EQ(told_, "eu up>down; ");
  EXPECT_EQ(states_, (std::vector<State>{State::kDown, State::kUp}));
  EXPECT_EQ(serves(0), "us");
  EXPECT_EQ(row(0).why, "pool app has 0 of 1 backend healthy, where 1 is required");
  EXPECT_EQ(row(0).pools[0].served_by, "us");
  set_state(1, HealthState::kDown);
  EXPECT_EQ(said_, "no region can serve pool app: DNS answers with the addresses of all; ");
  EXPECT_TRUE(row(1).pools[0].is_last_resort);
  set_state(1, HealthState::kUp);
  EXPECT_EQ(told_, "eu up>down; us up>down; us down>up; ") << "at once, in its first second";
  EXPECT_EQ(said_.substr(said_.find("; ") + 2), "pool app is served by a region again; ");
}

TEST_F(KeeperTest, OperatorsDrain) {
  follow();
  EXPECT_EQ(keeper_.wish("moon", true, ""), WishOutcome::kNoSuchRegion);
  EXPECT_EQ(keeper_.wish("eu", true, "power"), WishOutcome::kTaken);
  EXPECT_EQ(serves(0), "us") << "when it is told";
  EXPECT_EQ(row(0).drained_by, DrainedBy::kOperator);
  EXPECT_EQ(row(0).why, "power");
  ASSERT_EQ(keeper_.heritage().size(), 1u);
  EXPECT_EQ(keeper_.heritage()[0].region, "eu");

  RegionKeeper successor(
      loop_, {[](const RegionChange&) {}, [](const std::vector<State>&) {}, [](const std::string&, bool) {}});
  successor.inherit(keeper_.heritage());
  EXPECT_EQ(successor.first_states(*config_, *regions_), (std::vector<State>{State::kDrained, State::kUp}));
  EXPECT_EQ(keeper_.wish("eu", false, ""), WishOutcome::kTaken);
  EXPECT_EQ(serves(0), "eu");
  EXPECT_TRUE(keeper_.heritage().empty());
}

TEST_F(KeeperTest, WhatTheConfigurationDrainsItEnables) {
  config_->geo.regions[1].drain = true;
  follow();
  EXPECT_EQ(told_, "us up>drained; ");
  EXPECT_EQ(serves(1), "eu");
  EXPECT_EQ(keeper_.wish("us", false, ""), WishOutcome::kConfigured);
  EXPECT_EQ(row(1).drained_by, DrainedBy::kConfiguration);
  auto without = std::make_shared<config::Config>(*config_);
  without->geo.regions[1].drain = false;
  config_ = without;
  follow();
  EXPECT_EQ(serves(1), "us") << "over a reload";
}

}  // namespace
}  // namespace headgate::proxy::regions
