#pragma once
#include <cstdint>

#include "base/clock.h"

namespace headgate::health::checks {

/// The share of its weight that a backend gets after it came back, so that cold caches and empty connection pools are
/// not met by everything at once.
///
///             comes back, and slow_start is not 0
///     kFull --------------------------------------> kRising
///       ^                                              |
///       +------- slow_start is over, or it fails ------+
enum class SlowStartState : std::uint8_t { kFull, kRising };

/// Rises from kFirstPercent to 100 in a straight line, cut into ten steps, so that little is published.
class SlowStart {
 public:
  static constexpr std::uint32_t kFirstPercent = 10;
  static constexpr std::uint32_t kSteps = 9;  ///< rises after the first percent

  /// Begins; nothing for a length of 0.
  void begin(base::Time now, base::Duration length);
  /// The backend went away again: it will begin anew.
  void abandon();
  /// Takes the steps that are due.
  void advance(base::Time now);

  SlowStartState state() const { return state_; }
  std::uint32_t percent() const;
  /// When the next step is due; kNever at full weight.
  base::Time next_step() const;

 private:
  void move_to(SlowStartState next);
  SlowStartState state_ = SlowStartState::kFull;
  base::Time begun_;
  base::Duration length_{0};
  std::uint32_t steps_taken_ = 0;
};

}  // namespace headgate::health::checks
