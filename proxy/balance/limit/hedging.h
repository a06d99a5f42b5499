#pragma once
#include <optional>

#include "config/balance.h"
#include "proxy/balance/limit/recent_latencies.h"

namespace headgate::proxy::balance::limit {

/// When one worker's requests of a pool are asked of a second backend.
class Hedging {
 public:
  explicit Hedging(const config::Hedge& settings) : settings_(settings) {}

  const config::Hedge& settings() const { return settings_; }
  void follow(const config::Hedge& settings) { settings_ = settings; }

  /// How long the first backend has; nothing: too few answers came of late to say.
  std::optional<base::Duration> wait(base::Time now) {
    if (settings_.after_permille == 0) return settings_.after;
    return latencies_.percentile(settings_.after_permille, now);
  }
  /// What one took, or took at least when its first backend was not waited for any longer.
  void record(base::Duration latency, base::Time now) {
    if (settings_.after_permille != 0) latencies_.record(latency, now);
  }

 private:
  config::Hedge settings_;
  RecentLatencies latencies_;
};

}  // namespace headgate::proxy::balance::limit
