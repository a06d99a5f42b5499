#pragma once
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/clock.h"

namespace headgate::health::checks {

/// The share of its weight that a backend keeps by what it says of its load: what it has idle of its processors. So a
/// pool's backends come to be about equally busy, whatever else runs on them. Pure.
class LoadShare {
 public:
  /// Less than this it never gets: a backend without any request would have nothing to say that its load has fallen.
  static constexpr std::uint32_t kFloorPercent = 10;
  /// A share moves when it would by at least this much: each move has all workers set up their choice anew.
  static constexpr std::uint32_t kStepPercent = 2;
  /// How often the load is looked at.
  static constexpr base::Duration kInterval = std::chrono::seconds(1);

  /// `load`, 0 to 1, as it is now; nothing: it is not known, or no longer. True if the share changed.
  bool settle(std::optional<double> load) {
    load_ = load;
    const std::uint32_t wanted = load ? share_of(*load) : 100;
    const bool is_end = wanted == 100 || wanted == kFloorPercent;
    const auto distance = std::abs(static_cast<std::int32_t>(wanted) - static_cast<std::int32_t>(percent_));
    if (distance == 0 || (!is_end && distance < static_cast<std::int32_t>(kStepPercent))) return false;
    percent_ = wanted;
    return true;
  }

  std::uint32_t percent() const { return percent_; }
  std::optional<double> load() const { return load_; }

 private:
  static std::uint32_t share_of(double load) {
    const auto idle = static_cast<std::uint32_t>(std::lround((1 - load) * 100));
    return idle < kFloorPercent ? kFloorPercent : idle;
  }
  std::uint32_t percent_ = 100;
  std::optional<double> load_;
};

}  // namespace headgate::health::checks
