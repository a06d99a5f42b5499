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

/// What is taken in so many draws, as a worker's pool takes it.
std::vector<double> taken_shares(const RandomTwo& two, const std::vector<RandomTwo::Load>& loads) {
  constexpr int kDraws = 100'000;
  base::Random random(4);
  std::vector<double> taken(loads.size());
  for (int i = 0; i < kDraws;) {
    const RandomTwo::Pair pair = two.draw(random);
    std::uint32_t better = pair.first;
    std::uint32_t other = pair.second;
    if (is_less_loaded(loads[other].requests, loads[other].weight, loads[better].requests, loads[better].weight)) {
      std::swap(better, other);
    }
    if (loads[better].is_full && loads[other].is_full) continue;
    taken[loads[better].is_full ? other : better] += 1.0 / kDraws;
    ++i;
  }
  return taken;
}

TEST(RandomTwo, ChancesAreWhatManyDrawsCome) {
  const std::vector<std::vector<RandomTwo::Load>> all_loads = {
      {{0, 1}},
      {{3, 1}, {3, 1}},
      {{1, 1}, {0, 1}, {2, 1}},
      {{0, 6}, {0, 3}, {0, 1}},
      {{5, 3}, {1, 2}, {0, 1}, {1, 2}, {2, 2}},
      {{0, 2, true}, {4, 1}, {2, 1}},
      {{0, 1, true}, {0, 1, true}, {7, 1}, {9, 3}},
  };
  for (const std::vector<RandomTwo::Load>& loads : all_loads) {
    std::vector<Candidate> candidates;
    for (std::uint32_t i = 0; i < loads.size(); ++i) candidates.push_back({i, loads[i].weight});
    RandomTwo two;
    two.rebuild(candidates);
    const std::vector<double> chances = two.chances(loads);
    const std::vector<double> taken = taken_shares(two, loads);
    for (std::size_t i = 0; i < loads.size(); ++i) EXPECT_NEAR(chances[i], taken[i], 0.01) << loads.size() << ": " << i;
  }
}

TEST(RandomTwo, NobodyHasAChanceIfAllAreFull) {
  RandomTwo two;
  two.rebuild(std::vector<Candidate>{{0, 1}, {2, 1}});
  EXPECT_EQ(two.chances(std::vector<RandomTwo::Load>{{1, 1, true}, {}, {1, 1, true}}), (std::vector<double>{0, 0, 0}));
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
