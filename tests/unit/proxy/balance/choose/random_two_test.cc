#include "proxy/balance/choose/random_two.h"

#include <gtest/gtest.h>

namespace headgate::proxy::balance::choose {
namespace {

TEST(RandomTwo, OneCandidateIsBoth) {
  RandomTwo two;
  two.rebuild(std::vector<Candidate>{{4, 10}});
  base::Random random(1);
  const RandomTwo::Pair pair = two.draw(random);
  EXPECT_EQ(pair.first, 4u);
  EXPECT_EQ(pair.second, 4u);
}

TEST(RandomTwo, TwoEqualsAreAlwaysBothDrawn) {
  RandomTwo two;
  two.rebuild(std::vector<Candidate>{{0, 1}, {1, 1}});
  base::Random random(2);
  for (int i = 0; i < 100; ++i) {
    const RandomTwo::Pair pair = two.draw(random);
    EXPECT_NE(pair.first, pair.second);
  }
}

TEST(RandomTwo, DrawsByWeight) {
  RandomTwo two;
  two.rebuild(std::vector<Candidate>{{0, 6}, {1, 3}, {2, 1}});
  base::Random random(3);
  std::vector<int> times(3);
  for (int i = 0; i < 50'000; ++i) {
    const RandomTwo::Pair pair = two.draw(random);
    ++times[pair.first];
    ++times[pair.second];
  }
  EXPECT_NEAR(times[0], 60'000, 1500);
  EXPECT_NEAR(times[1], 30'000, 1500);
  EXPECT_NEAR(times[2], 10'000, 1000);
}

TEST(RandomTwo, LoadCountsForTheWeight) {
  EXPECT_TRUE(is_less_loaded(0, 1, 1, 1));
  EXPECT_FALSE(is_less_loaded(1, 1, 1, 1));
  EXPECT_FALSE(is_less_loaded(2, 1, 1, 1));
  EXPECT_TRUE(is_less_loaded(1, 3, 0, 1));
  EXPECT_FALSE(is_less_loaded(2, 3, 0, 1));
  EXPECT_TRUE(is_less_loaded(0, 25'600, 0xffffffff, 25'600));
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
