#include "health/checks/operator_wish.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;

const base::Time kBegin{1000s};

TEST(OperatorWish, NobodyWishesAnything) {
  const OperatorWish wish;
  EXPECT_EQ(wish.mode(), Mode::kEnabled);
  EXPECT_EQ(wish.percent(), 100u);
  EXPECT_TRUE(wish.is_default());
  EXPECT_EQ(wish.next_step(), base::kNever);
  EXPECT_EQ(wish.until(), base::kNever);
}

TEST(OperatorWish, AtOnce) {
  OperatorWish wish;
  wish.drain(kBegin, 0s);
  EXPECT_TRUE(wish.is_drained());
  EXPECT_EQ(wish.next_step(), base::kNever);
  wish.enable(kBegin, 0s);
  EXPECT_TRUE(wish.is_default());
  wish.set_percent(25, kBegin, 0s);
  EXPECT_EQ(wish.percent(), 25u);
  EXPECT_FALSE(wish.is_default());
  wish.disable();
  EXPECT_EQ(wish.mode(), Mode::kDisabled);
  EXPECT_EQ(wish.percent(), 0u);
  EXPECT_FALSE(wish.is_drained());
}

TEST(OperatorWish, DrainsInAStraightLine) {
  OperatorWish wish;
  wish.drain(kBegin, 60s);
  EXPECT_EQ(wish.mode(), Mode::kDraining);
  EXPECT_FALSE(wish.is_drained());
  EXPECT_EQ(wish.target_percent(), 0u);
  EXPECT_EQ(wish.until(), kBegin + 60s);
  EXPECT_EQ(wish.next_step(), kBegin + 600ms) << "100 steps";
  wish.advance(kBegin + 599ms);
  EXPECT_EQ(wish.percent(), 100u);
  wish.advance(kBegin + 600ms);
  EXPECT_EQ(wish.percent(), 99u);
  wish.advance(kBegin + 30s);
  EXPECT_EQ(wish.percent(), 50u);
  wish.advance(kBegin + 60s - 1ns);
  EXPECT_EQ(wish.percent(), 1u);
  EXPECT_FALSE(wish.is_drained());
  wish.advance(kBegin + 60s);
  EXPECT_TRUE(wish.is_drained());
  EXPECT_EQ(wish.until(), base::kNever);
}

TEST(OperatorWish, StepsAreNoShorterThanTheirBound) {
  OperatorWish wish;
  wish.drain(kBegin, 1s);
  int steps = 0;
  for (base::Time now = wish.next_step(); now != base::kNever; now = wish.next_step()) {
    EXPECT_GE(now, kBegin + OperatorWish::kShortestStep * (steps + 1));
    wish.advance(now);
    ++steps;
  }
  EXPECT_EQ(steps, 10);
  OperatorWish short_one;
  short_one.drain(kBegin, 1ns);
  EXPECT_EQ(short_one.next_step(), kBegin + 1ns);
}

TEST(OperatorWish, ComesBackFromWhatItHas) {
  OperatorWish wish;
  wish.drain(kBegin, 100s);
  wish.advance(kBegin + 70s);
  EXPECT_EQ(wish.percent(), 30u);
  wish.enable(kBegin + 70s, 70s);
  EXPECT_EQ(wish.percent(), 30u);
  wish.advance(kBegin + 105s);
  EXPECT_EQ(wish.percent(), 65u);
  wish.advance(kBegin + 140s);
  EXPECT_TRUE(wish.is_default());
  wish.disable();
  wish.enable(kBegin + 200s, 99s);
  EXPECT_EQ(wish.percent(), 1u) << "what is enabled takes something at once";
}

TEST(OperatorWish, IsInherited) {
  OperatorWish wish;
  wish.drain(kBegin, 100s);
  wish.advance(kBegin + 40s);
  OperatorWish heir;
  heir.inherit(wish.mode(), wish.percent(), wish.target_percent(), kBegin + 41s, 59s);
  EXPECT_EQ(heir.percent(), 60u);
  EXPECT_EQ(heir.until(), kBegin + 100s);
  heir.advance(kBegin + 100s);
  EXPECT_TRUE(heir.is_drained());
  OperatorWish disabled;
  disabled.inherit(Mode::kDisabled, 0, 0, kBegin, 0s);
  EXPECT_EQ(disabled.mode(), Mode::kDisabled);
  EXPECT_EQ(disabled.next_step(), base::kNever);
}

TEST(OperatorWish, WhateverIsWishedWhenever) {
  const std::uint64_t first_seed = base::entropy_seed();
  for (std::uint64_t i = 0; i < 200; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << first_seed + i);
    base::Random random(first_seed + i);
    OperatorWish wish;
    base::Time now = kBegin;
    for (int step = 0; step < 300; ++step) {
      const base::Duration over = random.below(3) == 0 ? 0s : std::chrono::milliseconds(random.below(100'000));
      switch (random.below(8)) {
        case 0:
          wish.enable(now, over);
          ASSERT_GE(wish.percent(), 1u);
          break;
        case 1:
          wish.drain(now, over);
          break;
        case 2:
          wish.disable();
          break;
        case 3:
          if (wish.mode() == Mode::kEnabled) wish.set_percent(random.below(101), now, over);
          break;
        default: {
          const std::uint32_t before = wish.percent();
          const std::uint32_t target = wish.target_percent();
          now += std::chrono::milliseconds(random.below(20'000));
          wish.advance(now);
          ASSERT_TRUE(target >= before ? wish.percent() >= before && wish.percent() <= target
                                       : wish.percent() <= before && wish.percent() >= target);
          break;
        }
      }
      ASSERT_GT(wish.next_step(), now);
      ASSERT_LE(wish.percent(), 100u);
      ASSERT_EQ(wish.until() == base::kNever, wish.percent() == wish.target_percent());
      if (wish.mode() != Mode::kEnabled) ASSERT_EQ(wish.target_percent(), 0u);
      if (wish.mode() == Mode::kDisabled) ASSERT_EQ(wish.percent(), 0u);
    }
  }
}

}  // namespace
}  // namespace headgate::health::checks
