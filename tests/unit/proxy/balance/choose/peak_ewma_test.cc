#include "proxy/balance/choose/peak_ewma.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace headgate::proxy::balance::choose {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kMillisecond = 1e6;
const base::Time kBegin = base::Time{} + seconds(100);

TEST(PeakEwma, BeginsWithTheFirstAnswer) {
  PeakEwma ewma;
  EXPECT_EQ(ewma.latency(kBegin), 0);
  ewma.observe(milliseconds(20), kBegin);
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin), 20 * kMillisecond);
}

TEST(PeakEwma, RisesAtOnceAndFallsWithTime) {
  PeakEwma ewma;
  ewma.observe(milliseconds(10), kBegin);
  ewma.observe(milliseconds(500), kBegin + milliseconds(1));
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin + milliseconds(1)), 500 * kMillisecond);
  // Quick answers alone change nothing.
  for (int i = 0; i < 1000; ++i) ewma.observe(milliseconds(10), kBegin + milliseconds(1));
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin + milliseconds(1)), 500 * kMillisecond);
  ewma.observe(milliseconds(10), kBegin + milliseconds(1) + PeakEwma::kDecay);
  const double left = 500 * std::exp(-1.0) + 10 * (1 - std::exp(-1.0));
  EXPECT_NEAR(ewma.latency(kBegin + milliseconds(1) + PeakEwma::kDecay), left * kMillisecond, 0.01 * kMillisecond);
}

TEST(PeakEwma, FadesWithoutAnswers) {
  PeakEwma ewma;
  ewma.observe(seconds(1), kBegin);
  EXPECT_NEAR(ewma.latency(kBegin + PeakEwma::kDecay), 1000 * kMillisecond * std::exp(-1.0), kMillisecond);
  EXPECT_LT(ewma.latency(kBegin + 10 * PeakEwma::kDecay), 1 * kMillisecond);
}

// However often it answers: what counts is how long ago something was, not how many came since.
TEST(PeakEwma, TheRateOfAnswersDoesNotMatter) {
  for (const int per_second : {1, 100, 10'000}) {
    PeakEwma ewma;
    ewma.observe(milliseconds(800), kBegin);
    for (int i = 1; i <= 10 * per_second; ++i) {
      ewma.observe(milliseconds(8), kBegin + std::chrono::nanoseconds(std::int64_t{1'000'000'000} * i / per_second));
    }
    const double expected = 800 * std::exp(-1.0) + 8 * (1 - std::exp(-1.0));
    EXPECT_NEAR(ewma.latency(kBegin + seconds(10)) / kMillisecond, expected, expected * 0.05) << per_second;
  }
}

TEST(PeakEwma, AClockThatIsBehindAnothersMakesNothingOlder) {
  PeakEwma ewma;
  ewma.observe(milliseconds(20), kBegin);
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin - milliseconds(50)), 20 * kMillisecond);
  ewma.observe(milliseconds(10), kBegin - milliseconds(50));
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin - milliseconds(50)), 20 * kMillisecond);
}

TEST(PeakEwma, NoPeakIsLostBetweenWorkers) {
  PeakEwma ewma;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&ewma, worker] {
      for (int i = 0; i < 20'000; ++i) ewma.observe(milliseconds(i == 10'000 ? 100 * (worker + 1) : 1), kBegin);
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_DOUBLE_EQ(ewma.latency(kBegin), 400 * kMillisecond);
}

TEST(CostOf, LatencyTimesWhatIsUnderWayByWeight) {
  EXPECT_DOUBLE_EQ(cost_of(10 * kMillisecond, 0, 1), 10 * kMillisecond);
  EXPECT_DOUBLE_EQ(cost_of(10 * kMillisecond, 4, 1), 50 * kMillisecond);
  EXPECT_DOUBLE_EQ(cost_of(10 * kMillisecond, 4, 2), 25 * kMillisecond);
}

TEST(CostOf, WhoHasNotAnsweredYetGetsOneAtATime) {
  EXPECT_LT(cost_of(0, 0, 1), cost_of(1, 0, 256)) << "the first request at once";
  EXPECT_GT(cost_of(0, 1, 256), cost_of(60'000 * kMillisecond, 10'000, 1)) << "then it is waited for";
  EXPECT_LT(cost_of(0, 1, 1), cost_of(0, 5, 1)) << "of two such, the less busy";
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
