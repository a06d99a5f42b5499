// What is known of latencies and of the queue's pace.
#include <gtest/gtest.h>

#include <chrono>

#include "proxy/balance/limit/hedging.h"
#include "proxy/balance/limit/queue_pace.h"
#include "proxy/balance/limit/recent_latencies.h"

namespace headgate::proxy::balance::limit {
namespace {

using namespace std::chrono_literals;

const base::Time kBegin{1h};

TEST(LatencyBuckets, HoldWhatTheySayToASixteenth) {
  for (base::Duration latency = 17us; latency < 60s; latency = latency * 103 / 100 + 1ns) {
    const base::Duration bound = LatencyBuckets::upper_bound(LatencyBuckets::of(latency));
    EXPECT_GT(bound, latency);
    EXPECT_LE(static_cast<double>(bound.count()), static_cast<double>(latency.count()) * 17 / 16 + 1);
  }
  EXPECT_EQ(LatencyBuckets::of(0ns), 0u);
  EXPECT_EQ(LatencyBuckets::of(-1ns), 0u);
  EXPECT_EQ(LatencyBuckets::of(24h), LatencyBuckets::kCount - 1);
}

TEST(RecentLatencies, GivePercentilesOnceThereAreEnough) {
  RecentLatencies latencies;
  for (int i = 1; i < 100; ++i) latencies.record(i * 1ms, kBegin);
  EXPECT_FALSE(latencies.percentile(950, kBegin));
  latencies.record(100ms, kBegin);
  const auto near = [](std::optional<base::Duration> found, base::Duration wanted) {
    return found && *found >= wanted && *found <= wanted * 17 / 16 + 1us;
  };
  EXPECT_TRUE(near(latencies.percentile(950, kBegin), 95ms));
  EXPECT_TRUE(near(latencies.percentile(500, kBegin), 50ms));
  EXPECT_TRUE(near(latencies.percentile(999, kBegin), 100ms));
}

TEST(RecentLatencies, Forget) {
  RecentLatencies latencies;
  for (int i = 0; i < 400; ++i) latencies.record(10ms, kBegin);
  EXPECT_EQ(latencies.samples(), 400u);
  ASSERT_TRUE(latencies.percentile(950, kBegin + RecentLatencies::kHalfLife - 1ns));
  EXPECT_EQ(latencies.samples(), 400u);
  ASSERT_TRUE(latencies.percentile(950, kBegin + RecentLatencies::kHalfLife));
  EXPECT_EQ(latencies.samples(), 200u);
  // What is new soon weighs more.
  for (int i = 0; i < 4000; ++i) latencies.record(80ms, kBegin + RecentLatencies::kHalfLife);
  EXPECT_GT(*latencies.percentile(500, kBegin + RecentLatencies::kHalfLife), 79ms);
  EXPECT_FALSE(latencies.percentile(950, kBegin + 1h));
  EXPECT_EQ(latencies.samples(), 0u);
}

TEST(RecentLatencies, APercentileIsFoundAnewAfterASixteenth) {
  RecentLatencies latencies;
  for (int i = 0; i < 160; ++i) latencies.record(10ms, kBegin);
  ASSERT_LT(*latencies.percentile(900, kBegin), 11ms);
  for (int i = 0; i < 20; ++i) latencies.record(50ms, kBegin);
  EXPECT_GT(*latencies.percentile(900, kBegin), 49ms);
}

TEST(Hedging, AFixedTimeNeedsNoLatencies) {
  Hedging hedging({.after_permille = 0, .after = 50ms});
  EXPECT_EQ(hedging.wait(kBegin), 50ms);
  Hedging by_percentile(config::Hedge{});
  EXPECT_FALSE(by_percentile.wait(kBegin));
  for (int i = 0; i < 100; ++i) by_percentile.record(20ms, kBegin);
  EXPECT_TRUE(by_percentile.wait(kBegin));
}

TEST(QueuePace, IsKnownAfterAWhileOfWaiting) {
  QueuePace pace;
  EXPECT_FALSE(pace.wait_behind(0, kBegin));
  pace.note_waiting(true, kBegin);
  base::Time now = kBegin;
  for (int i = 0; i < 19; ++i) pace.note_served(now += 10ms);
  EXPECT_FALSE(pace.wait_behind(9, now)) << "190 ms";
  for (int i = 0; i < 100; ++i) pace.note_served(now += 10ms);
  ASSERT_TRUE(pace.wait_behind(9, now));
  EXPECT_NEAR(static_cast<double>(pace.wait_behind(9, now)->count()), 100e6, 5e6);
  EXPECT_NEAR(static_cast<double>(pace.wait_behind(99, now)->count()), 1000e6, 50e6);
}

TEST(QueuePace, TimeWithoutAnybodyWaitingDoesNotCount) {
  QueuePace pace;
  base::Time now = kBegin;
  for (int round = 0; round < 100; ++round) {
    pace.note_waiting(true, now);
    pace.note_served(now += 10ms);
    pace.note_waiting(false, now);
    now += 500ms;
  }
  ASSERT_TRUE(pace.wait_behind(0, now));
  EXPECT_NEAR(static_cast<double>(pace.wait_behind(0, now)->count()), 10e6, 1e6);
  EXPECT_TRUE(pace.wait_behind(0, now + QueuePace::kForgetAfter - 500ms));
  EXPECT_FALSE(pace.wait_behind(0, now + QueuePace::kForgetAfter + 1ms)) << "another day";
}

TEST(QueuePace, ManyAtOnceAreNotAPace) {
  QueuePace pace;
  base::Time now = kBegin;
  pace.note_waiting(true, now);
  for (int batch = 0; batch < 10; ++batch) {
    now += 100ms;
    for (int i = 0; i < 20; ++i) pace.note_served(now);
  }
  EXPECT_NEAR(static_cast<double>(pace.wait_behind(199, now)->count()), 1e9, 0.15e9) << "200 a second";
}

TEST(QueuePace, OfSlowWorkMoreIsRemembered) {
  QueuePace pace;
  base::Time now = kBegin;
  pace.note_waiting(true, now);
  for (std::uint32_t i = 1; i < QueuePace::kKnownServed; ++i) {
    pace.note_served(now += 2s);
    EXPECT_FALSE(pace.wait_behind(0, now + 1s)) << i;
  }
  for (int i = 0; i < 20; ++i) {
    pace.note_served(now += 2s);
    EXPECT_NEAR(static_cast<double>(pace.wait_behind(0, now + 1s)->count()), 2e9, 0.4e9);
    EXPECT_NEAR(static_cast<double>(pace.wait_behind(2, now + 1999ms)->count()), 6e9, 1.2e9);
  }
}

TEST(QueuePace, IsNotKnownOfAQueueThatServedNobody) {
  QueuePace pace;
  pace.note_waiting(true, kBegin);
  EXPECT_FALSE(pace.wait_behind(100, kBegin + 1h));
}

TEST(QueuePace, AQueueThatStandsStillGrowsLong) {
  QueuePace pace;
  base::Time now = kBegin;
  pace.note_waiting(true, now);
  for (int i = 0; i < 100; ++i) pace.note_served(now += 10ms);
  const base::Duration before = *pace.wait_behind(9, now);
  EXPECT_GT(*pace.wait_behind(9, now + 3s), 5 * before);
  EXPECT_LE(*pace.wait_behind(9, now + 100h), base::Duration(24h));
}

}  // namespace
}  // namespace headgate::proxy::balance::limit
