#include "proxy/origin/pools/write_pins.h"

#include <gtest/gtest.h>

namespace headgate::proxy::origin::pools {
namespace {

using namespace std::chrono_literals;

TEST(WritePins, a_client_is_pinned_until_its_moment_and_not_at_it) {
  WritePins pins;
  const base::Time now = base::Time(1h);
  EXPECT_FALSE(pins.is_pinned(7, now));
  pins.pin(7, now + 2s);
  EXPECT_TRUE(pins.is_pinned(7, now + 2s - 1ns));
  EXPECT_FALSE(pins.is_pinned(7, now + 2s));
  EXPECT_FALSE(pins.is_pinned(8, now));
}

TEST(WritePins, an_earlier_moment_does_not_shorten_a_later_one) {
  WritePins pins;
  const base::Time now = base::Time(1h);
  pins.pin(7, now + 2s);
  pins.pin(7 + WritePins::kPlaces, now + 1s);  // of the same place
  EXPECT_TRUE(pins.is_pinned(7, now + 1500ms));
}

}  // namespace
}  // namespace headgate::proxy::origin::pools
