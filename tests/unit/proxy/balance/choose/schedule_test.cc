#include "proxy/balance/choose/schedule.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "base/random.h"
#include "proxy/balance/choose/round_robin.h"

namespace headgate::proxy::balance::choose {
namespace {

std::vector<Candidate> weighted(const std::vector<std::uint32_t>& weights) {
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < weights.size(); ++i) candidates.push_back({i, weights[i]});
  return candidates;
}

std::string letters(const std::vector<std::uint32_t>& weights) {
  std::string text;
  for (const std::uint32_t member : schedule_of(weighted(weights))) text += static_cast<char>('a' + member);
  return text;
}

std::map<std::uint32_t, std::size_t> counts(const std::vector<std::uint32_t>& schedule) {
  std::map<std::uint32_t, std::size_t> times;
  for (const std::uint32_t member : schedule) ++times[member];
  return times;
}

TEST(Schedule, KeepsTheOrderOfEquals) {
  EXPECT_EQ(letters({}), "");
  EXPECT_EQ(letters({7}), "a");
  EXPECT_EQ(letters({1, 1, 1}), "abc");
  EXPECT_EQ(letters({100, 100}), "ab");
}

TEST(Schedule, SpreadsTheHeavy) {
  EXPECT_EQ(letters({5, 1, 1}), "abaaaca");
  EXPECT_EQ(letters({2, 1}), "aba");
  EXPECT_EQ(letters({1, 1, 4}),
            "cacc"
            "bc");
}

TEST(Schedule, ReducesByTheGreatestCommonDivisor) {
  EXPECT_EQ(schedule_of(weighted({25600, 12800})).size(), 3u);
}

// Between two turns of one backend never pass more than twice as many entries as its share asks for.
TEST(Schedule, GapsAreEven) {
  base::Random random(20240607);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint32_t> weights(1 + random.below(30));
    for (std::uint32_t& weight : weights) weight = 1 + random.below(40);
    const std::vector<std::uint32_t> schedule = schedule_of(weighted(weights));
    const std::map<std::uint32_t, std::size_t> times = counts(schedule);
    std::map<std::uint32_t, std::size_t> last;
    for (std::size_t i = 0; i < 2 * schedule.size(); ++i) {
      const std::uint32_t member = schedule[i % schedule.size()];
      if (last.contains(member)) {
        const std::size_t ideal = schedule.size() / times.at(member) + 1;
        ASSERT_LE(i - last[member], 2 * ideal + weights.size()) << "round " << round << " member " << member;
      }
      last[member] = i;
    }
  }
}

TEST(Schedule, OccurrencesAreTheWeights) {
  const std::map<std::uint32_t, std::size_t> times = counts(schedule_of(weighted({9, 4, 7, 1})));
  EXPECT_THAT(times,
              testing::ElementsAre(testing::Pair(0, 9), testing::Pair(1, 4), testing::Pair(2, 7), testing::Pair(3, 1)));
}

TEST(Schedule, IsExactUpToTheBoundAndScaledBeyond) {
  EXPECT_EQ(schedule_of(weighted({kScheduleEntriesMax - 1, 1})).size(), kScheduleEntriesMax);
  const std::vector<std::uint32_t> scaled = schedule_of(weighted({kScheduleEntriesMax, 1}));
  EXPECT_LE(scaled.size(), kScheduleEntriesMax + 1);
  EXPECT_EQ(counts(scaled)[1], 1u);
}

TEST(Schedule, ScalingKeepsSharesWithinTwoPercentOfTheAverage) {
  base::Random random(7);
  std::vector<std::uint32_t> weights(1000);
  std::uint64_t total = 0;
  for (std::uint32_t& weight : weights) total += weight = 1 + random.below(25600);
  const std::vector<std::uint32_t> schedule = schedule_of(weighted(weights));
  EXPECT_LE(schedule.size(), kScheduleEntriesMax + 500);
  std::map<std::uint32_t, std::size_t> times = counts(schedule);
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    const double wanted = static_cast<double>(weights[i]) / static_cast<double>(total);
    const double got = static_cast<double>(times[i]) / static_cast<double>(schedule.size());
    ASSERT_NEAR(got, wanted, 0.02 / 1000) << i;
  }
}

TEST(RoundRobin, WorkersBeginElsewhere) {
  std::string firsts;
  for (int worker = 0; worker < 4; ++worker) {
    RoundRobin turns(worker / 4.0);
    turns.rebuild(weighted({1, 1, 1, 1}));
    firsts += static_cast<char>('a' + turns.next());
  }
  EXPECT_EQ(firsts, "abcd");
}

TEST(RoundRobin, GoesOnWhereItWasAfterARebuild) {
  RoundRobin turns(0);
  turns.rebuild(weighted({1, 1, 1, 1}));
  EXPECT_EQ(turns.next(), 0u);
  EXPECT_EQ(turns.next(), 1u);
  turns.rebuild(weighted({1, 1, 1, 1}));
  EXPECT_EQ(turns.next(), 2u);
  turns.rebuild(weighted({1, 1}));
  EXPECT_EQ(turns.next(), 0u);  // three quarters of the way, rounded up to the end
}

TEST(RoundRobin, FrequentRebuildsStarveNobody) {
  RoundRobin turns(0);
  std::vector<int> times(5);
  for (int i = 0; i < 1000; ++i) {
    turns.rebuild(
        weighted(i % 2 == 0 ? std::vector<std::uint32_t>{1, 1, 1, 1, 1} : std::vector<std::uint32_t>{1, 1, 1, 1}));
    ++times[turns.next()];
  }
  for (int member = 0; member < 4; ++member) EXPECT_GT(times[static_cast<std::size_t>(member)], 100) << member;
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
