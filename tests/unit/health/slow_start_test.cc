#include "health/checks/slow_start.h"

#include <gtest/gtest.h>

#include <vector>

namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;

TEST(SlowStart, RisesInTenEvenSteps) {
  SlowStart slow;
  EXPECT_EQ(slow.percent(), 100u);
  EXPECT_EQ(slow.next_step(), base::kNever);
  const base::Time begun{100s};
  slow.begin(begun, 9s);
  std::vector<std::uint32_t> percents = {slow.percent()};
  while (slow.next_step() != base::kNever) {
    const base::Time step = slow.next_step();
    EXPECT_EQ(step, begun + 1s * percents.size());
    slow.advance(step - 1ns);
    EXPECT_EQ(slow.percent(), percents.back());
    slow.advance(step);
    percents.push_back(slow.percent());
  }
  EXPECT_EQ(percents, (std::vector<std::uint32_t>{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(slow.state(), SlowStartState::kFull);
}

TEST(SlowStart, CatchesUpAfterAPause) {
  SlowStart slow;
  slow.begin(base::Time(0s), 90s);
  slow.advance(base::Time(45s));
  EXPECT_EQ(slow.percent(), 50u);
  slow.advance(base::Time(24h));
  EXPECT_EQ(slow.percent(), 100u);
}

TEST(SlowStart, EndsExactlyOnTimeForLengthsThatDoNotDivide) {
  for (base::Duration length : {1ns, 8ns, 10ns, 1000000007ns, base::Duration(24h * 365)}) {
    SlowStart slow;
    slow.begin(base::Time(0s), length);
    slow.advance(base::Time(length - 1ns));
    EXPECT_LT(slow.percent(), 100u);
    slow.advance(base::Time(length));
    EXPECT_EQ(slow.percent(), 100u);
  }
}

TEST(SlowStart, NothingForLengthZero) {
  SlowStart slow;
  slow.begin(base::Time(0s), 0s);
  EXPECT_EQ(slow.percent(), 100u);
}

TEST(SlowStart, BeginsAnewAfterItWasAbandoned) {
  SlowStart slow;
  slow.begin(base::Time(0s), 90s);
  slow.advance(base::Time(60s));
  slow.abandon();
  EXPECT_EQ(slow.percent(), 100u);
  slow.begin(base::Time(61s), 90s);
  EXPECT_EQ(slow.percent(), 10u);
}

}  // namespace
}  // namespace headgate::health::checks
