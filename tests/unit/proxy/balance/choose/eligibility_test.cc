#include "proxy/balance/choose/eligibility.h"

#include <gmock/gmock.h>

namespace headgate::proxy::balance::choose {
namespace {

using health::State;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Standing kUp{};
constexpr Standing kDown{.state = State::kDown};
constexpr Standing kEjected{.state = State::kEjected};
constexpr Standing kDraining{.state = State::kDraining};
constexpr Standing kDisabled{.state = State::kDisabled};
constexpr Standing kWeighedOut{.weight_percent = 0};
constexpr Standing kBackup{.backup = true};

std::vector<std::uint32_t> members_of(const std::vector<Standing>& standings, std::uint32_t panic_below = 0) {
  std::vector<std::uint32_t> members;
  for (const Candidate& candidate : eligible_of(standings, panic_below).candidates) members.push_back(candidate.member);
  return members;
}

TEST(Eligibility, TakesThoseThatAreUp) {
  EXPECT_THAT(members_of({kUp, kDown, kUp, kEjected, kDraining}), ElementsAre(0, 2));
  EXPECT_THAT(members_of({}), IsEmpty());
  EXPECT_THAT(members_of({kDown, kEjected, kDraining}), IsEmpty());
}

TEST(Eligibility, LeavesOutWeightZero) {
  EXPECT_THAT(members_of({{.weight = 0}, kUp}), ElementsAre(1));
}

TEST(Eligibility, TakesBackupsOnlyWhenNothingElseIsLeft) {
  EXPECT_THAT(members_of({kBackup, kUp, kDown}), ElementsAre(1));
  EXPECT_THAT(members_of({kBackup, kDown, kBackup}), ElementsAre(0, 2));
  EXPECT_THAT(members_of({kBackup, {.weight = 0}}), ElementsAre(0));
  EXPECT_THAT(members_of({kBackup, kDraining}), ElementsAre(0));
  EXPECT_THAT(members_of({{.backup = true, .state = State::kDown}, kDown}), IsEmpty());
}

TEST(Eligibility, PanicsStrictlyBelowTheThreshold) {
  const std::vector<Standing> half_up{kUp, kDown, kUp, kEjected};
  EXPECT_THAT(members_of(half_up, 50), ElementsAre(0, 2));
  EXPECT_THAT(members_of(half_up, 51), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(eligible_of(half_up, 51).panic, Panic::kYes);
  EXPECT_EQ(eligible_of(half_up, 50).panic, Panic::kNo);
  EXPECT_EQ(panic_of(half_up, 51), Panic::kYes);
  EXPECT_EQ(panic_of(half_up, 50), Panic::kNo);
  EXPECT_EQ(panic_of({}, 100), Panic::kNo);
  EXPECT_THAT(members_of({kDown, kDown}, 1), ElementsAre(0, 1));
  EXPECT_THAT(members_of({kUp, kUp}, 100), ElementsAre(0, 1));
}

TEST(Eligibility, PanicCountsNeitherBackupsNorDrainingNorWeightZero) {
  EXPECT_THAT(members_of({kUp, kBackup, kDraining, {.weight = 0, .state = State::kDown}}, 100), ElementsAre(0));
  EXPECT_THAT(members_of({kUp, kDown, kBackup, kDraining, {.weight = 0}}, 60), ElementsAre(0, 1));
  EXPECT_THAT(members_of({kDraining}, 100), IsEmpty());
}

TEST(Eligibility, NotEvenPanicTakesWhatAnOperatorTookOut) {
  for (const Standing& out : {kDraining, kDisabled, kWeighedOut}) {
    EXPECT_THAT(members_of({out, kUp}), ElementsAre(1));
    EXPECT_THAT(members_of({out, out}, 100), IsEmpty());
    EXPECT_THAT(members_of({out, kDown, kUp}, 100), ElementsAre(1, 2));
    EXPECT_THAT(members_of({out, kBackup}), ElementsAre(1));
  }
}

TEST(Eligibility, ScalesWeightsBySlowStart) {
  const std::vector<Standing> standings{{.weight = 3}, {.weight = 3, .weight_percent = 10}};
  EXPECT_THAT(eligible_of(standings, 0).candidates, ElementsAre(Candidate{0, 300}, Candidate{1, 30}));
}

TEST(Eligibility, CountsWhoIsUp) {
  EXPECT_EQ(eligible_of(std::vector<Standing>{kUp, kDown, kBackup, {.weight = 0}}, 0).up, 3u);
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
