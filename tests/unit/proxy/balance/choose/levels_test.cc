// Levels of priority and region: what each gets as those before it fail.
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "proxy/balance/choose/eligibility.h"

namespace headgate::proxy::balance::choose {
namespace {

using health::State;
using testing::ElementsAre;

std::vector<std::uint32_t> shares_of(std::vector<Level> levels) {
  share_out(levels);
  std::vector<std::uint32_t> out;
  for (const Level& level : levels) out.push_back(level.share);
  return out;
}

Level level(std::uint64_t weight, std::uint64_t healthy) {
  return {.weight = weight, .healthy_weight = healthy};
}

TEST(Levels, TheFirstCarriesAllWhileFiveInSevenAreUp) {
  EXPECT_THAT(shares_of({level(7, 7), level(7, 7)}), ElementsAre(1000, 0));
  EXPECT_THAT(shares_of({level(7, 5), level(7, 7)}), ElementsAre(1000, 0));
  EXPECT_THAT(shares_of({level(1000, 714), level(7, 7)}), ElementsAre(999, 1)) << "at the edge";
  EXPECT_THAT(shares_of({level(2, 1), level(7, 7)}), ElementsAre(700, 300));
  EXPECT_THAT(shares_of({level(4, 1), level(7, 7)}), ElementsAre(350, 650));
  EXPECT_THAT(shares_of({level(4, 0), level(7, 7)}), ElementsAre(0, 1000));
}

TEST(Levels, WhatSpillsGoesOnToTheNextAfterThat) {
  EXPECT_THAT(shares_of({level(2, 1), level(10, 1), level(7, 7)}), ElementsAre(700, 140, 160));
  EXPECT_THAT(shares_of({level(2, 0), level(10, 0), level(7, 7)}), ElementsAre(0, 0, 1000));
}

TEST(Levels, WhatAllCannotCarryIsSharedByWhatTheyCan) {
  EXPECT_THAT(shares_of({level(10, 1), level(10, 3)}), ElementsAre(250, 750));
  EXPECT_THAT(shares_of({level(4, 1)}), ElementsAre(1000)) << "one alone gets everything";
  EXPECT_THAT(shares_of({level(10, 1), level(10, 1), level(10, 1)}), ElementsAre(333, 333, 334));
  EXPECT_THAT(shares_of({level(4, 0), level(4, 0)}), ElementsAre(0, 0));
  EXPECT_THAT(shares_of({}), ElementsAre());
}

TEST(Levels, OneOfAMillionThatIsUpGetsSomething) {
  EXPECT_THAT(shares_of({level(1'000'000, 1), level(7, 7)}), ElementsAre(1, 999));
}

constexpr Standing kFirst{};
constexpr Standing kFirstDown{.state = State::kDown};
constexpr Standing kAway{.elsewhere = 1};
constexpr Standing kSecond{.priority = 1};
constexpr Standing kSecondDown{.state = State::kDown, .priority = 1};

/// What of the requests each member gets, in percent.
std::map<std::uint32_t, double> percent_of(const std::vector<Standing>& members, std::uint32_t panic_below = 0) {
  std::map<std::uint32_t, double> out;
  double sum = 0;
  const Eligibility found = eligible_of(members, panic_below);
  for (const Candidate& candidate : found.candidates) sum += candidate.weight;
  for (const Candidate& candidate : found.candidates) {
    out[candidate.member] = std::round(candidate.weight * 1000 / sum) / 10;
    EXPECT_EQ(found.place_of(members[candidate.member]), Place::kCandidate);
  }
  return out;
}
using Percent = std::map<std::uint32_t, double>;

TEST(Levels, LowerPrioritiesWaitForTheirTurn) {
  EXPECT_EQ(percent_of({kSecond, kFirst, kFirst}), (Percent{{1, 50}, {2, 50}}));
  EXPECT_EQ(percent_of({kSecond, kFirst, kFirstDown}), (Percent{{0, 30}, {1, 70}}));
  EXPECT_EQ(percent_of({kSecond, kFirstDown, kFirstDown}), (Percent{{0, 100}}));
  EXPECT_EQ(percent_of({kSecondDown, kFirst, kFirstDown}), (Percent{{1, 100}}));
  const std::vector<Standing> well{kSecond, kFirst};
  EXPECT_EQ(eligible_of(well, 0).place_of(kSecond), Place::kNotNeeded);
}

TEST(Levels, OtherRegionsComeAfterOnesOwnAndBeforeTheNextPriority) {
  EXPECT_EQ(percent_of({kAway, kFirst, kSecond}), (Percent{{1, 100}}));
  EXPECT_EQ(percent_of({kAway, kFirstDown, kSecond}), (Percent{{0, 100}}));
  EXPECT_EQ(percent_of({kAway, kFirst, kFirstDown, kFirstDown, kFirstDown, kSecond}), (Percent{{0, 65}, {1, 35}}));
  EXPECT_EQ(percent_of({kAway, kAway}), (Percent{{0, 50}, {1, 50}})) << "with none here it is one level";
}

TEST(Levels, WithinALevelTheWeightsHold) {
  const Standing heavy{.weight = 3};
  const Standing starting{.weight = 2, .weight_percent = 50, .priority = 1};
  EXPECT_EQ(percent_of({heavy, kFirst, {.weight = 4, .state = State::kDown}, starting, kSecond}),
            (Percent{{0, 52.5}, {1, 17.5}, {3, 15}, {4, 15}}));
}

TEST(Levels, WhereOneServesItsWeightsAreAsEver) {
  const std::vector<Standing> members{{.weight = 3}, kFirst, kSecond};
  EXPECT_THAT(eligible_of(members, 0).candidates, ElementsAre(Candidate{0, 300}, Candidate{1, 100}));
}

TEST(Levels, WhoIsNotNeededIsInReserveInItsOrder) {
  const Standing backup{.backup = true};
  const std::vector<Standing> members{backup, kSecond, kAway, kFirst, kSecondDown, {.weight = 0, .priority = 1}};
  EXPECT_THAT(eligible_of(members, 0).reserve, ElementsAre(2, 1, 0));
  EXPECT_THAT(eligible_of(std::vector{kFirst, kFirst}, 0).reserve, ElementsAre());
}

TEST(Levels, WhoIsDrainedIsNoFailure) {
  const Standing draining{.state = State::kDraining};
  EXPECT_EQ(percent_of({kFirst, draining, draining, draining, kSecond}), (Percent{{0, 100}}));
  EXPECT_EQ(percent_of({draining, kSecond}), (Percent{{1, 100}}));
}

TEST(Levels, ItIsNoPanicWhileTheyCarryEverything) {
  const std::vector<Standing> spilled{kFirstDown, kFirstDown, kFirstDown, kFirstDown, kSecond};
  EXPECT_EQ(eligible_of(spilled, 90).panic, Panic::kNo);
  EXPECT_EQ(panic_of(spilled, 90), Panic::kNo);
  EXPECT_EQ(percent_of(spilled, 90), (Percent{{4, 100}}));
  const std::vector<Standing> overrun{kFirstDown, kFirst, kFirstDown, kFirstDown, kSecond, kSecondDown, kSecondDown};
  EXPECT_EQ(eligible_of(overrun, 90).panic, Panic::kYes);
  EXPECT_EQ(panic_of(overrun, 90), Panic::kYes);
  EXPECT_EQ(percent_of(overrun, 90).size(), 7U) << "levels are of no matter then";
  EXPECT_EQ(percent_of(overrun, 90)[0], 14.3);
}

TEST(Levels, ThatARegionIsDrainedHoldsInPanicToo) {
  const Standing drained{.elsewhere = kDrainedFirst};
  const Standing drained_down{.state = State::kDown, .elsewhere = kDrainedFirst};
  const Standing down_region{.state = State::kDown, .elsewhere = kDownFirst};
  const std::vector<Standing> moved{kFirst, kFirstDown, kFirstDown, kFirstDown, drained_down, drained_down};
  EXPECT_EQ(percent_of(moved, 26), (Percent{{0, 25}, {1, 25}, {2, 25}, {3, 25}}));
  EXPECT_EQ(percent_of(moved, 25), (Percent{{0, 100}})) << "what is switched off there is not in the share";
  EXPECT_EQ(percent_of({kFirstDown, kFirstDown, kFirstDown, kFirstDown, drained, drained_down}, 1),
            (Percent{{0, 20}, {1, 20}, {2, 20}, {3, 20}, {4, 20}}))
      << "one that is up helps";
  EXPECT_EQ(percent_of({kFirstDown, down_region}, 1), (Percent{{0, 50}, {1, 50}})) << "that is health";
  const std::vector<Standing> all_drained{drained, drained_down, drained_down, drained_down};
  EXPECT_EQ(eligible_of(all_drained, 50).panic, Panic::kEverywhere);
  EXPECT_EQ(percent_of(all_drained, 50).size(), 4U);
}

TEST(Levels, BackupsHaveLevelsOfTheirOwn) {
  const Standing spare{.backup = true};
  const Standing far_spare{.backup = true, .elsewhere = 1};
  EXPECT_EQ(percent_of({kFirstDown, kSecond, spare}), (Percent{{1, 100}}));
  EXPECT_EQ(percent_of({kFirstDown, kSecondDown, far_spare, spare}), (Percent{{3, 100}}));
  EXPECT_EQ(percent_of({kFirstDown, far_spare, {.backup = true, .state = State::kDown}}), (Percent{{1, 100}}));
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
