#include "proxy/balance/limit/recent_latencies.h"

#include <algorithm>

namespace headgate::proxy::balance::limit {

void RecentLatencies::record(base::Duration latency, base::Time now) {
  fade(now);
  ++counts_[LatencyBuckets::of(latency)];
  ++samples_;
  ++recorded_since_;
}

void RecentLatencies::fade(base::Time now) {
  if (fades_at_ == base::Time{}) fades_at_ = now + kHalfLife;
  if (now < fades_at_) return;
  const std::int64_t halvings = (now - fades_at_) / kHalfLife + 1;
  fades_at_ += halvings * kHalfLife;
  const auto shift = static_cast<unsigned>(std::min<std::int64_t>(halvings, 31));
  samples_ = 0;
  for (std::uint32_t& count : counts_) samples_ += count >>= shift;
  found_permille_ = 0;
}

std::optional<base::Duration> RecentLatencies::percentile(std::uint32_t permille, base::Time now) {
  fade(now);
  if (samples_ < kSamplesMin) return std::nullopt;
  if (permille == found_permille_ && recorded_since_ <= samples_ / 16) return found_;
  const std::uint64_t wanted = (std::uint64_t{samples_} * permille + 999) / 1000;
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  for (; bucket < LatencyBuckets::kCount - 1; ++bucket) {
    below += counts_[bucket];
    if (below >= wanted) break;
  }
  found_permille_ = permille;
  recorded_since_ = 0;
  found_ = LatencyBuckets::upper_bound(bucket);
  return found_;
}

}  // namespace headgate::proxy::balance::limit
