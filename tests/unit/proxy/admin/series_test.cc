#include "proxy/admin/history/series.h"

#include <gtest/gtest.h>

#include "proxy/admin/history/history.h"
#include "proxy/admin/history/recent.h"

namespace headgate::proxy::admin::history {
namespace {

using namespace std::chrono_literals;

base::WallTime second(std::int64_t n) {
  return base::WallTime(1'200'000'000s + n * 1s);  // a whole minute
}

TEST(Latencies, LieWithinTheirBucket) {
  LatencyCounts counts{};
  EXPECT_EQ(latency_ms(counts, 0.5), std::nullopt);
  counts[1] = 100;  // 0.065536 to 0.131072 ms
  EXPECT_NEAR(*latency_ms(counts, 0.5), 0.098304, 1e-9);
  EXPECT_NEAR(*latency_ms(counts, 1.0), 0.131072, 1e-9);
  counts[0] = 100;
  EXPECT_NEAR(*latency_ms(counts, 0.25), 0.032768, 1e-9);
  EXPECT_NEAR(*latency_ms(counts, 0.5), 0.065536, 1e-9);
  LatencyCounts endless{};
  endless[base::LatencyHistogram::kBuckets - 1] = 1;
  EXPECT_NEAR(*latency_ms(endless, 0.5), 68719.476736, 1e-6) << "the last bound";
}

TEST(Ring, KeepsTheNewest) {
  Ring ring(3);
  EXPECT_TRUE(ring.last(3).empty());
  for (std::uint64_t i = 1; i <= 7; ++i) ring.add({.at = second(0), .requests = i});
  const auto numbers = [&ring](std::size_t count) {
    std::vector<std::uint64_t> out;
    for (const Point& point : ring.last(count)) out.push_back(point.requests);
    return out;
  };
  EXPECT_EQ(numbers(2), (std::vector<std::uint64_t>{6, 7}));
  EXPECT_EQ(numbers(3), (std::vector<std::uint64_t>{5, 6, 7}));
  EXPECT_EQ(numbers(100), (std::vector<std::uint64_t>{5, 6, 7}));
}

TEST(Series, APointIsWhatCameSinceTheLast) {
  Series series;
  Totals totals{.requests = 1000, .errors_5xx = 10};
  series.add(second(0), totals);
  EXPECT_TRUE(series.seconds().last(10).empty()) << "only where counting begins";
  totals.requests += 7;
  totals.errors_5xx += 2;
  totals.latencies[3] += 7;
  totals.connections_open = 5;
  series.add(second(1), totals);
  const Point point = series.seconds().last(1)[0];
  EXPECT_EQ(point.at, second(1));
  EXPECT_EQ(point.requests, 7u);
  EXPECT_EQ(point.errors_5xx, 2u);
  EXPECT_EQ(point.connections_open, 5u);
  EXPECT_GT(point.p50_ms, 0.262);
  EXPECT_LT(point.p99_ms, 0.525);
  series.add(second(2), totals);
  EXPECT_EQ(series.seconds().last(1)[0].requests, 0u);
  EXPECT_LT(series.seconds().last(1)[0].p50_ms, 0);
}

TEST(Series, MinutesAreOfTheClock) {
  Series series;
  Totals totals;
  for (int i = 0; i <= 150; ++i) {
    series.add(second(i), totals);
    totals.requests += 2;
    totals.latencies[0] += 1;
    totals.latencies[10] += 1;
  }
  const std::vector<Point> minutes = series.minutes().last(10);
  ASSERT_EQ(minutes.size(), 2u);
  EXPECT_EQ(minutes[0].at, second(60));
  EXPECT_EQ(minutes[0].requests, 120u);
  EXPECT_GT(minutes[0].p99_ms, 30) << "of the whole minute, not a mean of means";
  EXPECT_EQ(minutes[1].requests, 120u);
}

TEST(Series, IsBounded) {
  Series series;
  Totals totals;
  for (int i = 0; i <= 60 * 1442; ++i) series.add(second(i), totals);
  EXPECT_EQ(series.seconds().last(100'000).size(), Series::kSeconds);
  EXPECT_EQ(series.minutes().last(100'000).size(), Series::kMinutes);
}

TEST(Series, AReloadLosesNothingAndInventsNothing) {
  Series series;
  series.add(second(0), {.requests = 100});
  series.go_on_from({.requests = 130}, {.requests = 20});  // a listener went with its 110
  series.add(second(1), {.requests = 25});
  EXPECT_EQ(series.seconds().last(1)[0].requests, 35u);
  series.add(second(2), {.requests = 26});
  EXPECT_EQ(series.seconds().last(1)[0].requests, 1u);
}

TEST(History, FollowsPoolsUpToItsBound) {
  History history;
  History::Counts counts;
  for (std::size_t i = 0; i <= History::kPoolsMax; ++i) counts.pools["p" + std::to_string(100 + i)].requests = 1;
  history.add(second(0), counts);
  counts.all.requests = 9;
  for (auto& [name, totals] : counts.pools) totals.requests = 4;
  history.add(second(1), counts);
  EXPECT_EQ(history.requests_per_second(), 9u);
  ASSERT_NE(history.pool("p100"), nullptr);
  EXPECT_EQ(history.pool("p100")->seconds().last(1)[0].requests, 3u);
  EXPECT_NE(history.pool("p163"), nullptr);
  EXPECT_EQ(history.pool("p164"), nullptr) << "one too many";
  History::Counts after = counts;
  after.pools.erase("p100");
  history.go_on_from(counts, after);
  EXPECT_EQ(history.pool("p100"), nullptr);
  history.add(second(2), after);
  EXPECT_NE(history.pool("p164"), nullptr) << "there is room again";
}

TEST(Recent, IsWhatCameSinceAMarkThatIsOldEnough) {
  Recent recent;
  const int who = 0;
  const int other = 0;
  LatencyCounts counts{};
  counts[5] = 100;
  base::Time now{1000s};
  EXPECT_TRUE(recent.begin_round(now));
  recent.mark(&who, counts);
  EXPECT_FALSE(recent.begin_round(now + Recent::kStep - 1ns));
  counts[5] = 110;
  EXPECT_EQ(recent.since(&who, counts)[5], 110u) << "the mark is too young";
  EXPECT_TRUE(recent.begin_round(now + Recent::kStep));
  recent.mark(&who, counts);
  counts[5] = 117;
  EXPECT_EQ(recent.since(&who, counts)[5], 17u);
  EXPECT_EQ(recent.since(&other, counts)[5], 117u) << "who has no mark shows all";
  EXPECT_TRUE(recent.begin_round(now + 2 * Recent::kStep));
  EXPECT_EQ(recent.since(&who, counts)[5], 7u);
  LatencyCounts fewer{};
  fewer[5] = 3;
  EXPECT_EQ(recent.since(&who, fewer)[5], 3u) << "another at the same address";
  EXPECT_TRUE(recent.begin_round(now + 3 * Recent::kStep));
  EXPECT_EQ(recent.since(&who, counts)[5], 117u) << "not marked in a round: forgotten";
}

}  // namespace
}  // namespace headgate::proxy::admin::history
