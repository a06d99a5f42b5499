#include "wire/http2/flood.h"

#include <gtest/gtest.h>

namespace headgate::wire::http2 {
namespace {

using namespace std::chrono_literals;

constexpr base::Time kStart = base::Time{} + std::chrono::hours(1);

int admitted(FloodGuard& guard, Flood flood, base::Time now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += guard.admit(flood, now) ? 1 : 0;
  return count;
}

TEST(FloodGuard, admits_a_burst_and_refills_over_time) {
  FloodGuard guard;
  EXPECT_EQ(admitted(guard, Flood::kPings, kStart, 200), 100);
  EXPECT_FALSE(guard.admit(Flood::kPings, kStart + 99ms));
  EXPECT_TRUE(guard.admit(Flood::kPings, kStart + 100ms));
  EXPECT_FALSE(guard.admit(Flood::kPings, kStart + 100ms));
  EXPECT_EQ(admitted(guard, Flood::kPings, kStart + 1100ms, 200), 10);
  EXPECT_EQ(admitted(guard, Flood::kPings, kStart + 1h, 200), 100) << "never more than the burst";
}

TEST(FloodGuard, counts_each_kind_by_itself) {
  FloodGuard guard;
  EXPECT_EQ(admitted(guard, Flood::kResets, kStart, 300), 200);
  EXPECT_EQ(admitted(guard, Flood::kSettings, kStart, 300), 20);
  EXPECT_EQ(admitted(guard, Flood::kEmptyFrames, kStart, 300), 100);
  EXPECT_EQ(admitted(guard, Flood::kPriorities, kStart, 300), 200);
  EXPECT_EQ(admitted(guard, Flood::kWindowUpdates, kStart, 3000), 1000);
}

TEST(FloodGuard, gives_credit_for_what_comes_with_data_and_requests) {
  FloodGuard guard;
  admitted(guard, Flood::kWindowUpdates, kStart, 3000);
  admitted(guard, Flood::kPings, kStart, 3000);
  admitted(guard, Flood::kPriorities, kStart, 3000);
  guard.data_sent();
  guard.request_came();
  EXPECT_EQ(admitted(guard, Flood::kWindowUpdates, kStart, 10), 4);
  EXPECT_EQ(admitted(guard, Flood::kPings, kStart, 10), 1);
  EXPECT_EQ(admitted(guard, Flood::kPriorities, kStart, 10), 3);
  for (int i = 0; i < 10'000; ++i) guard.data_sent();
  EXPECT_EQ(admitted(guard, Flood::kPings, kStart, 1000), 100) << "credit is no hoard";
}

TEST(FloodGuard, has_a_name_for_each) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Flood::kCount); ++i) {
    EXPECT_FALSE(facts_of(static_cast<Flood>(i)).name.empty());
    EXPECT_FALSE(facts_of(static_cast<Flood>(i)).sentence.empty());
  }
}

}  // namespace
}  // namespace headgate::wire::http2
