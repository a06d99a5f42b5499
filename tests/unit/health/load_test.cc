// From what a backend says of its load to the share of its weight that it keeps.
#include <gtest/gtest.h>

#include <cmath>

#include "health/checks/load_share.h"
#include "health/load_meter.h"

namespace headgate::health {
namespace {

using checks::LoadShare;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Time kBegin = base::Time{} + seconds(1000);
constexpr base::Duration kStale = seconds(10);

TEST(LoadMeter, BeginsWithTheFirstReport) {
  LoadMeter meter;
  EXPECT_FALSE(meter.load(kBegin, kStale));
  EXPECT_TRUE(meter.wants(kBegin));
  meter.report(0.8, kBegin, kStale);
  EXPECT_NEAR(*meter.load(kBegin, kStale), 0.8, 1e-6);
  EXPECT_FALSE(meter.wants(kBegin + milliseconds(9)));
  EXPECT_TRUE(meter.wants(kBegin + milliseconds(10)));
}

TEST(LoadMeter, FollowsByTimeAndNotByTheNumberOfReports) {
  for (const int per_second : {1, 10, 100}) {
    LoadMeter meter;
    meter.report(0, kBegin, kStale);
    for (int i = 1; i <= 5 * per_second; ++i) {
      meter.report(1, kBegin + milliseconds(1000 * i / per_second), kStale);
    }
    EXPECT_NEAR(*meter.load(kBegin + seconds(5), kStale), 1 - std::exp(-1.0), 0.01) << per_second;
  }
}

TEST(LoadMeter, IsForgottenWhenNobodyReports) {
  LoadMeter meter;
  meter.report(0.8, kBegin, kStale);
  EXPECT_TRUE(meter.load(kBegin + kStale - milliseconds(1), kStale));
  EXPECT_FALSE(meter.load(kBegin + kStale, kStale));
  meter.report(0.2, kBegin + kStale, kStale);
  EXPECT_NEAR(*meter.load(kBegin + kStale, kStale), 0.2, 1e-6) << "it does not begin with what was";
  meter.forget();
  EXPECT_FALSE(meter.load(kBegin + kStale, kStale));
}

TEST(LoadMeter, AClockThatIsBehindAnothersChangesLittle) {
  LoadMeter meter;
  meter.report(0.8, kBegin, kStale);
  meter.report(0.1, kBegin - milliseconds(20), kStale);
  EXPECT_NEAR(*meter.load(kBegin, kStale), 0.8, 1e-6);
}

TEST(LoadShare, IsWhatIsIdle) {
  LoadShare share;
  EXPECT_EQ(share.percent(), 100u);
  EXPECT_FALSE(share.settle(0));
  EXPECT_TRUE(share.settle(0.73));
  EXPECT_EQ(share.percent(), 27u);
}

TEST(LoadShare, HasAFloor) {
  LoadShare share;
  EXPECT_TRUE(share.settle(1));
  EXPECT_EQ(share.percent(), LoadShare::kFloorPercent);
  EXPECT_FALSE(share.settle(0.95));
}

TEST(LoadShare, SmallStepsAreNotTaken) {
  LoadShare share;
  share.settle(0.5);
  EXPECT_FALSE(share.settle(0.51));
  EXPECT_TRUE(share.settle(0.52));
  EXPECT_EQ(share.percent(), 48u);
  share.settle(0.01);
  EXPECT_EQ(share.percent(), 99u);
  EXPECT_TRUE(share.settle(0)) << "but both ends are reached";
  EXPECT_EQ(share.percent(), 100u);
}

TEST(LoadShare, IsWholeAgainWhenNothingIsKnown) {
  LoadShare share;
  share.settle(0.9);
  EXPECT_TRUE(share.settle(std::nullopt));
  EXPECT_EQ(share.percent(), 100u);
  EXPECT_FALSE(share.load());
}

}  // namespace
}  // namespace headgate::health
