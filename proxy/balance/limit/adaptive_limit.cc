#include "proxy/balance/limit/adaptive_limit.h"

#include <algorithm>

namespace headgate::proxy::balance::limit {
namespace {

std::int64_t ns_of(base::Time time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(const config::Adaptive& settings, base::Time now)
    : limit_(0), began_ns_(ns_of(now)), gradient_(settings) {
  tell();
}

void AdaptiveLimit::follow(const config::Adaptive& settings) {
  const std::lock_guard lock(mutex_);
  gradient_.follow(settings);
  tell();
}

void AdaptiveLimit::raise_most(std::uint32_t count) {
  std::uint32_t most = most_under_way_.load(std::memory_order_relaxed);
  while (most < count && !most_under_way_.compare_exchange_weak(most, count, std::memory_order_relaxed)) continue;
}

bool AdaptiveLimit::is_over(std::uint32_t answers, base::Time now) const {
  const base::Duration past(ns_of(now) - began_ns_.load(std::memory_order_relaxed));
  return (answers >= kAnswers && past >= kWindow) || (answers >= kFewAnswers && past >= kLongWindow);
}

bool AdaptiveLimit::note_latency(base::Duration latency, base::Time now) {
  counts_[LatencyBuckets::of(latency)].fetch_add(1, std::memory_order_relaxed);
  const std::uint32_t answers = answers_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (!is_over(answers, now)) return false;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !is_over(answers_.load(std::memory_order_relaxed), now)) return false;
  began_ns_.store(ns_of(now), std::memory_order_relaxed);
  const std::uint32_t before = gradient_.limit();
  gradient_.observe({take_median(), most_under_way_.exchange(0, std::memory_order_relaxed)}, now);
  tell();
  return gradient_.limit() > before;
}

/// What is counted meanwhile is in this window or in the next.
base::Duration AdaptiveLimit::take_median() {
  std::array<std::uint32_t, LatencyBuckets::kCount> counts;
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
    all += counts[i];
  }
  answers_.fetch_sub(all, std::memory_order_relaxed);
  std::uint32_t below = 0;
  std::size_t bucket = 0;
  for (; bucket < counts.size() - 1; ++bucket) {
    below += counts[bucket];
    if (below * 2 >= all) break;
  }
  return LatencyBuckets::upper_bound(bucket);
}

void AdaptiveLimit::tell() {
  limit_.store(gradient_.limit(), std::memory_order_seq_cst);
  lowest_ns_.store(gradient_.lowest().count(), std::memory_order_relaxed);
  latency_ns_.store(gradient_.latency().count(), std::memory_order_relaxed);
}

}  // namespace headgate::proxy::balance::limit
