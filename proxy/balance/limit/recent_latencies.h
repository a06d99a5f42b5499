#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "proxy/balance/limit/latency_buckets.h"

namespace headgate::proxy::balance::limit {

/// Latencies of late, of which any percentile can be asked: counts in LatencyBuckets, halved every kHalfLife. A
/// percentile is the upper bound of its bucket. Of one worker; nothing is allocated.
class RecentLatencies {
 public:
  static constexpr base::Duration kHalfLife = std::chrono::seconds(10);
  /// With fewer of them a percentile would be a guess.
  static constexpr std::uint32_t kSamplesMin = 100;

  void record(base::Duration latency, base::Time now);
  /// Not exceeded by `permille` of 1000 of them (1 to 999); nothing of fewer than kSamplesMin. It is found anew once a
  /// sixteenth of them have come since.
  std::optional<base::Duration> percentile(std::uint32_t permille, base::Time now);
  std::uint32_t samples() const { return samples_; }

 private:
  void fade(base::Time now);

  std::array<std::uint32_t, LatencyBuckets::kCount> counts_{};
  std::uint32_t samples_ = 0;
  base::Time fades_at_{};  // zero: nothing was recorded yet
  // The last percentile that was found.
  std::uint32_t found_permille_ = 0;
  std::uint32_t recorded_since_ = 0;
  base::Duration found_{};
};

}  // namespace headgate::proxy::balance::limit
