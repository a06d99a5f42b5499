#include "proxy/listener/tls_share.h"

#include <gtest/gtest.h>

namespace headgate::proxy::listener {
namespace {

using namespace std::chrono_literals;

const base::Time kStart{std::chrono::hours(100)};

int admitted(HandshakeRate& rate, double per_second, base::Time now, int asked) {
  int out = 0;
  for (int i = 0; i < asked; ++i) out += rate.admit(per_second, now) ? 1 : 0;
  return out;
}

TEST(HandshakeRate, ASecondsWorthMayComeAtOnce) {
  HandshakeRate rate;
  EXPECT_EQ(admitted(rate, 10, kStart, 100), 10);
  EXPECT_EQ(admitted(rate, 10, kStart + 99ms, 100), 0);
  EXPECT_EQ(admitted(rate, 10, kStart + 100ms, 100), 1);
  EXPECT_EQ(admitted(rate, 10, kStart + 1100ms, 100), 10);
  EXPECT_EQ(admitted(rate, 10, kStart + 1h, 100), 10) << "no more is saved up";
}

TEST(HandshakeRate, BelowOneASecondOneMayCome) {
  HandshakeRate rate;
  EXPECT_EQ(admitted(rate, 1.0 / 60, kStart, 5), 1);
  EXPECT_EQ(admitted(rate, 1.0 / 60, kStart + 59s, 5), 0);
  EXPECT_EQ(admitted(rate, 1.0 / 60, kStart + 60s, 5), 1);
}

TEST(HandshakeRate, NoneIsNoLimit) {
  HandshakeRate rate;
  EXPECT_EQ(admitted(rate, 0, kStart, 1000), 1000);
}

}  // namespace
}  // namespace headgate::proxy::listener
