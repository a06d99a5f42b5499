#include "base/clock.h"

#include <gtest/gtest.h>

namespace headgate::base {
namespace {

using namespace std::chrono_literals;

TEST(Clock, CivilTimesAsTexts) {
  const WallTime time = WallTime(1795655083s) + 7ms + 999us;
  EXPECT_EQ(rfc3339(time), "2026-11-26T01:04:43.007Z");
  EXPECT_EQ(civil_time(time), "2026-11-26 01:04:43");
  EXPECT_EQ(rfc3339(WallTime()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(WallTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace headgate::base
