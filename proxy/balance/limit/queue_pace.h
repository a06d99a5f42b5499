#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace headgate::proxy::balance::limit {

/// How fast a queue moves: requests that it served, by the time in which somebody waited, the last kMemory or
/// kServedRemembered of that weighing most, whichever is longer. Pure; of one thread.
class QueuePace {
 public:
  static constexpr base::Duration kMemory = std::chrono::seconds(1);
  static constexpr std::uint32_t kServedRemembered = 8;
  /// A pace that is known from less of either would be chance.
  static constexpr base::Duration kKnownAfter = std::chrono::milliseconds(200);
  static constexpr std::uint32_t kKnownServed = 8;
  /// After so long without anybody waiting another day may have come.
  static constexpr base::Duration kForgetAfter = std::chrono::seconds(10);

  /// Somebody waits, or nobody does any more.
  void note_waiting(bool any, base::Time now);
  /// One who waited was served.
  void note_served(base::Time now);

  /// How long one waits who comes now and finds `ahead` others; nothing: the pace is not known yet.
  std::optional<base::Duration> wait_behind(std::uint32_t ahead, base::Time now) const;

 private:
  void pass_time(base::Time now);

  bool is_waited_ = false;
  base::Time last_{};  // until when time has passed here
  std::uint32_t served_in_all_ = 0;
  double served_ = 0;  // fading, as seconds_ does: a pace is their quotient
  double seconds_ = 0;
};

}  // namespace headgate::proxy::balance::limit
