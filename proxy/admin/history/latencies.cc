#include "proxy/admin/history/latencies.h"

namespace headgate::proxy::admin::history {
namespace {

using base::LatencyHistogram;

double milliseconds(base::Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

std::optional<double> latency_ms(const LatencyCounts& counts, double share) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts) all += count;
  if (all == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  double lower_ms = 0;
  for (std::size_t bucket = 0; bucket + 1 < counts.size(); ++bucket) {
    const double upper_ms = milliseconds(LatencyHistogram::upper_bound(bucket));
    const double here = static_cast<double>(counts[bucket]);
    if (here > 0 && below + here >= wanted) return lower_ms + (upper_ms - lower_ms) * (wanted - below) / here;
    below += here;
    lower_ms = upper_ms;
  }
  return lower_ms;
}

void add_latencies(LatencyCounts& to, const LatencyCounts& more) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += more[i];
}

LatencyCounts latencies_since(const LatencyCounts& now, const LatencyCounts& earlier) {
  LatencyCounts out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = now[i] - earlier[i];
  return out;
}

}  // namespace headgate::proxy::admin::history
