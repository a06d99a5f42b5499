#include "base/counters.h"

#include <gtest/gtest.h>

namespace headgate::base {
namespace {

TEST(Counters, Count) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
  Gauge gauge;
  gauge.add(3);
  gauge.add(-5);
  EXPECT_EQ(gauge.value(), -2);
}

TEST(LatencyHistogram, BoundsAreInclusive) {
  for (std::size_t bucket = 0; bucket + 1 < LatencyHistogram::kBuckets; ++bucket) {
    const Duration bound = LatencyHistogram::upper_bound(bucket);
    EXPECT_EQ(LatencyHistogram::bucket_of(bound), bucket);
    EXPECT_EQ(LatencyHistogram::bucket_of(bound + Duration(1)), bucket + 1);
  }
  EXPECT_EQ(LatencyHistogram::upper_bound(LatencyHistogram::kBuckets - 1), Duration::max());
}

TEST(LatencyHistogram, Extremes) {
  EXPECT_EQ(LatencyHistogram::bucket_of(Duration(0)), 0u);
  EXPECT_EQ(LatencyHistogram::bucket_of(Duration(-1)), 0u);
  EXPECT_EQ(LatencyHistogram::bucket_of(Duration::max()), LatencyHistogram::kBuckets - 1);
}

TEST(LatencyHistogram, Records) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::microseconds(10));
  histogram.record(std::chrono::microseconds(100));
  histogram.record(std::chrono::hours(1));
  histogram.record(Duration(-5));  // a clock that was read in the wrong order must not spoil the sum
  EXPECT_EQ(histogram.count(0), 2u);
  EXPECT_EQ(histogram.count(1), 1u);
  EXPECT_EQ(histogram.count(LatencyHistogram::kBuckets - 1), 1u);
  EXPECT_EQ(histogram.sum_ns(), 10'000u + 100'000u + 3'600'000'000'000u);
}

}  // namespace
}  // namespace headgate::base
