#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/counters.h"
#include "base/per_worker.h"
#include "proxy/admin/metrics/exposition.h"

// What the workers counted, added up.
namespace headgate::proxy::admin::metrics {

/// By the first digit of a status, as RouteCounters::responses.
inline constexpr std::array<std::string_view, 6> kStatusClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

inline std::uint64_t unsigned_value(const base::Counter& counter) {
  return counter.value();
}
/// A gauge that is read while it moves between workers may seem negative.
inline std::uint64_t unsigned_value(const base::Gauge& gauge) {
  return gauge.value() < 0 ? 0 : static_cast<std::uint64_t>(gauge.value());
}

/// The sum of `read(counters)` over all workers.
template <class Counters, class Read>
std::uint64_t total_of(const base::PerWorker<Counters>& all, Read read) {
  std::uint64_t sum = 0;
  for (std::size_t worker = 0; worker < all.size(); ++worker) sum += read(all.of(worker));
  return sum;
}

template <class Counters, class Number>
std::uint64_t total(const base::PerWorker<Counters>& all, Number Counters::* number) {
  return total_of(all, [number](const Counters& each) { return unsigned_value(each.*number); });
}

/// A histogram's buckets.
template <class Counters>
std::array<std::uint64_t, base::LatencyHistogram::kBuckets> latencies_of(const base::PerWorker<Counters>& all,
                                                                         base::LatencyHistogram Counters::* histogram) {
  std::array<std::uint64_t, base::LatencyHistogram::kBuckets> sums{};
  for (std::size_t worker = 0; worker < all.size(); ++worker) {
    const base::LatencyHistogram& each = all.of(worker).*histogram;
    for (std::size_t bucket = 0; bucket < sums.size(); ++bucket) sums[bucket] += each.count(bucket);
  }
  return sums;
}

/// The texts of the buckets' bounds in seconds.
const std::array<std::string, base::LatencyHistogram::kBuckets>& bucket_bounds();

/// `histogram`: which one of a worker's counters: a member of them, or a function that returns one.
template <class Counters, class Histogram>
void expose_histogram(const Labels& labels, const base::PerWorker<Counters>& all, Histogram histogram,
                      Exposition& out) {
  const auto of = [&](const Counters& each) -> const base::LatencyHistogram& { return std::invoke(histogram, each); };
  std::uint64_t cumulative = 0;
  for (std::size_t bucket = 0; bucket < base::LatencyHistogram::kBuckets; ++bucket) {
    cumulative += total_of(all, [&](const Counters& each) { return of(each).count(bucket); });
    out.bucket(labels.text(), bucket_bounds()[bucket], cumulative);
  }
  const std::uint64_t sum_ns = total_of(all, [&](const Counters& each) { return of(each).sum_ns(); });
  out.sum_and_count(labels.text(), static_cast<double>(sum_ns) / 1e9, cumulative);
}

}  // namespace headgate::proxy::admin::metrics
