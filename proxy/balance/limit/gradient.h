#pragma once
#include <cstdint>

#include "base/clock.h"
#include "config/balance.h"

namespace headgate::proxy::balance::limit {

/// How many requests a pool may have under way, so that they do not queue in its backends: the limit is multiplied by
/// how much the latency of late exceeds the lowest one (the gradient), and always a little is added, to find out
/// whether more would do. After Netflix's concurrency-limits and Envoy's adaptive concurrency; where it differs from
/// them, docs/decisions/0029 says why. Pure: it is told what each window of time brought.
///
///     begin ---- grows by half, until latency has risen once ----> follow <--------+
///                                                                    |             |
///       the lowest is older than `window`, and the limit is in use --+             | the second of them is
///                                                                    v             | the lowest now
///                                                 trial: half of the limit for two windows
class Gradient {
 public:
  /// What the answers of a while came to.
  struct Window {
    base::Duration latency{};          ///< the median
    std::uint32_t most_under_way = 0;  ///< at once
  };
  /// Up to this many times the lowest latency nothing is taken away: noise, and requests that differ.
  static constexpr double kTolerance = 1.5;
  static constexpr std::uint32_t kFirstLimit = 20;

  explicit Gradient(const config::Adaptive& settings);
  /// Other bounds; what is known stays.
  void follow(const config::Adaptive& settings);

  std::uint32_t limit() const { return static_cast<std::uint32_t>(limit_); }
  /// The lowest latency of late, and that of now, smoothed; zero: none is known.
  base::Duration lowest() const { return base::Duration(static_cast<std::int64_t>(lowest_ns_)); }
  base::Duration latency() const { return base::Duration(static_cast<std::int64_t>(latency_ns_)); }
  bool is_on_trial() const { return trial_windows_left_ != 0; }

  void observe(const Window& window, base::Time now);

 private:
  void end_trial(const Window& window, base::Time now);
  void begin_trial();
  void watch_pressure(base::Time now);
  void set_lowest(double ns, base::Time now);
  void move_towards(double target, double share);

  config::Adaptive settings_;
  double limit_;
  double latency_ns_ = 0;
  double lowest_ns_ = 0;
  base::Time lowest_since_{};
  bool is_beginning_ = true;
  std::uint32_t trial_windows_left_ = 0;
  double limit_before_trial_ = 0;
  // Since when latency is too high: whether lowering the limit helps.
  bool is_pressed_ = false;
  double pressed_limit_ = 0;
  double pressed_latency_ns_ = 0;
  std::uint32_t windows_at_half_ = 0;
};

}  // namespace headgate::proxy::balance::limit
