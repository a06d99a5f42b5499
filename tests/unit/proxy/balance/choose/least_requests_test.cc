#include "proxy/balance/choose/least_requests.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace headgate::proxy::balance::choose {
namespace {

class Counted {
 public:
  explicit Counted(const std::vector<std::uint32_t>& weights) : under_way(weights.size()), weights_(weights) {
    std::vector<Candidate> candidates;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
      if (weights[i] > 0) candidates.push_back({i, weights[i]});
    }
    least.rebuild(candidates, under_way);
  }
  std::uint32_t take() {
    const std::uint32_t member = least.first();
    least.set_under_way(member, ++under_way[member]);
    return member;
  }
  void end(std::uint32_t member) { least.set_under_way(member, --under_way[member]); }
  double load(std::uint32_t member) const { return (under_way[member] + 1.0) / weights_[member]; }

  LeastRequests least;
  std::vector<std::uint32_t> under_way;

 private:
  std::vector<std::uint32_t> weights_;
};

TEST(LeastRequests, EmptyHasNone) {
  LeastRequests least;
  EXPECT_EQ(least.first(), kNoMember);
  least.rebuild({}, std::vector<std::uint32_t>{3, 4});
  EXPECT_EQ(least.first(), kNoMember);
  least.set_under_way(1, 2);
  EXPECT_EQ(least.first(), kNoMember);
}

TEST(LeastRequests, TiesTakeTurns) {
  Counted counted({1, 1, 1});
  for (std::uint32_t i = 0; i < 9; ++i) {
    const std::uint32_t member = counted.take();
    EXPECT_EQ(member, i % 3);
    counted.end(member);
  }
}

TEST(LeastRequests, GoesToTheLeastLoaded) {
  Counted counted({1, 1, 1});
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(counted.take(), i);
  counted.end(1);
  EXPECT_EQ(counted.take(), 1u);
  counted.end(2);
  counted.end(2 - 2);
  EXPECT_EQ(counted.take(), 2u);
  EXPECT_EQ(counted.take(), 0u);
}

TEST(LeastRequests, WeightsDivideTheLoad) {
  Counted counted({4, 1});
  for (int i = 0; i < 100; ++i) counted.take();
  EXPECT_EQ(counted.under_way[0], 80u);
  EXPECT_EQ(counted.under_way[1], 20u);
}

TEST(LeastRequests, LeavesOutWhoIsNoCandidate) {
  Counted counted({0, 1, 0});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(counted.take(), 1u);
  counted.least.set_under_way(0, 7);
  EXPECT_EQ(counted.least.after(1), kNoMember);
}

TEST(LeastRequests, RebuildKeepsCounts) {
  LeastRequests least;
  least.rebuild(std::vector<Candidate>{{0, 1}, {1, 1}, {2, 1}}, std::vector<std::uint32_t>{5, 2, 9});
  EXPECT_EQ(least.first(), 1u);
  EXPECT_EQ(least.after(1), 0u);
  EXPECT_EQ(least.after(0), 2u);
  EXPECT_EQ(least.after(2), kNoMember);
}

TEST(LeastRequests, ToleratesCountsBeyondItsBuckets) {
  LeastRequests least;
  least.rebuild(std::vector<Candidate>{{0, 25600}, {1, 1}}, std::vector<std::uint32_t>{0xffffffff, 0xffffffff});
  EXPECT_EQ(least.first(), 0u);
  EXPECT_EQ(least.after(0), 1u);
}

TEST(LeastRequests, WhatHasChangedElsewhereIsPutRight) {
  LeastRequests least;
  least.rebuild(std::vector<Candidate>{{0, 1}, {1, 1}, {2, 1}}, std::vector<std::uint32_t>{0, 3, 0, 0});
  EXPECT_FALSE(least.put_right(0, 0)) << "it is as it was known";
  EXPECT_FALSE(least.put_right(3, 7)) << "no candidate";
  EXPECT_EQ(least.first(), 0u) << "looking costs nobody's turn";
  EXPECT_TRUE(least.put_right(0, 5));
  EXPECT_EQ(least.first(), 2u);
  EXPECT_TRUE(least.put_right(1, 1));
  EXPECT_EQ(least.after(2), 1u);
  EXPECT_EQ(least.after(1), 0u);
}

TEST(LeastRequests, EveryMemberIsLookedAtInTurn) {
  LeastRequests least;
  least.rebuild(std::vector<Candidate>{{0, 1}, {1, 1}, {2, 1}}, std::vector<std::uint32_t>{0, 0, 0});
  std::vector<int> looks(3, 0);
  for (int i = 0; i < 9; ++i) ++looks[least.next_to_look_at()];
  EXPECT_EQ(looks, std::vector<int>(3, 3));
}

// The order is that of the loads, to the width of a bucket, whatever was begun and ended before.
TEST(LeastRequests, RandomHistoriesKeepTheOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Random random(seed);
    std::vector<std::uint32_t> weights(1 + random.below(200));
    for (std::uint32_t& weight : weights) weight = random.below(4) == 0 ? 0 : 1 + random.below(256);
    weights[0] = 1 + random.below(256);
    Counted counted(weights);
    std::vector<std::uint32_t> running;
    for (int step = 0; step < 5000; ++step) {
      if (running.empty() || random.below(5) < 3) {
        running.push_back(counted.take());
      } else {
        const std::size_t which = random.below(static_cast<std::uint32_t>(running.size()));
        counted.end(running[which]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    std::size_t seen = 0;
    double reached = 0;
    for (std::uint32_t member = counted.least.first(); member != kNoMember; member = counted.least.after(member)) {
      ASSERT_GE(counted.load(member) * 1.02, reached) << "seed " << seed;
      reached = std::max(reached, counted.load(member));
      ++seen;
    }
    ASSERT_EQ(seen, weights.size() - static_cast<std::size_t>(std::count(weights.begin(), weights.end(), 0u)));
  }
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
