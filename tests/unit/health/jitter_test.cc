#include "health/jitter.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headgate::health {
namespace {

using namespace std::chrono_literals;

TEST(Jitter, SpreadsOverATenthEitherWay) {
  base::Random random(base::entropy_seed());
  for (const base::Duration interval : {base::Duration(10ms), base::Duration(2s), base::Duration(24h * 365)}) {
    base::Duration shortest = base::Duration::max();
    base::Duration longest{0};
    for (int i = 0; i < 10'000; ++i) {
      const base::Duration got = jittered(interval, random);
      shortest = std::min(shortest, got);
      longest = std::max(longest, got);
    }
    EXPECT_GE(shortest, interval / 10 * 9);
    EXPECT_LE(shortest, interval / 100 * 91);  // one in ten thousand is within a hundredth of the edge, but for 2^-700
    EXPECT_LE(longest, interval / 10 * 11);
    EXPECT_GE(longest, interval / 100 * 109);
  }
}

}  // namespace
}  // namespace headgate::health
