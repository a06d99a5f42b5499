#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/counters.h"

namespace headgate::proxy::admin::history {

/// How many durations lie in each bucket of a LatencyHistogram: of all workers, or of a stretch of time, as the
/// difference of two.
using LatencyCounts = std::array<std::uint64_t, base::LatencyHistogram::kBuckets>;

/// The latency in milliseconds that `share` (0 to 1) of the durations do not exceed: linear within its bucket, whose
/// bounds are a factor of two apart, so that it may be off by that much, and mostly is by a tenth. What is above the
/// last bound (67 s) counts as it. Nothing if there are no durations.
std::optional<double> latency_ms(const LatencyCounts& counts, double share);

void add_latencies(LatencyCounts& to, const LatencyCounts& more);
/// What came since `earlier`, of the same histogram.
LatencyCounts latencies_since(const LatencyCounts& now, const LatencyCounts& earlier);

}  // namespace headgate::proxy::admin::history
