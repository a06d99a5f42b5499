#pragma once
#include <cstdint>
#include <deque>

#include "base/clock.h"
#include "config/config.h"

namespace headgate::health::checks {

/// Whether real traffic has thrown one backend out.
///
///               `errors` within `window`, and the pool's cap leaves room
///        kIn ------------------------------------------------------------> kOut
///         ^                                                                 |
///         +--------- its time is over, or outlier ejection is off ----------+
enum class EjectionState : std::uint8_t { kIn, kOut };

/// How many of a pool's backends may be out at once: `max_ejected_percent` of them, but at least one of several (none
/// if the percentage is 0), and never the only one.
std::uint32_t ejections_allowed(std::uint32_t backends, std::uint32_t max_ejected_percent);

/// Passive outlier ejection of one backend. The first ejection lasts `eject`, each further one twice as long as the one
/// before, up to kLongestFactor times `eject`. Every stretch back in without an ejection that is as long as the last
/// one was undoes one doubling. What changes with time is computed when asked: nothing here needs a timer but the
/// return.
class Ejection {
 public:
  static constexpr std::uint32_t kLongestFactor = 10;

  /// Counts errors of real traffic; true if they threw the backend out. Without `room` (see ejections_allowed) they are
  /// only remembered, and the next error asks again. While out nothing counts: what fails then began before.
  bool record(std::uint32_t errors, const config::Outlier& settings, base::Time now, bool room);
  /// Lets the backend back in once its time is over; true if that is now.
  bool advance(base::Time now);
  /// Lets the backend back in before its time; true if it was out.
  bool end_early(base::Time now);

  /// Begins as an earlier process ended: ejected for `left` more (zero: not ejected), after `count` ejections.
  void inherit(base::Time now, base::Duration left, std::uint32_t count);

  EjectionState state() const { return state_; }
  /// When it comes back; kNever while in.
  base::Time back_at() const { return state_ == EjectionState::kOut ? back_at_ : base::kNever; }
  /// How long the present, or else the last, ejection is meant to last; zero before the first.
  base::Duration length() const { return length_; }
  /// Ejections so far.
  std::uint32_t count() const { return count_; }
  /// Errors that are remembered; at most `errors` of the settings.
  std::uint32_t remembered() const { return remembered_; }

 private:
  struct Burst {
    base::Time when;
    std::uint32_t errors;
  };
  void move_to(EjectionState next, base::Time now);
  void forget_before(base::Time oldest);
  base::Duration next_length(base::Duration first, base::Time now);

  EjectionState state_ = EjectionState::kIn;
  std::deque<Burst> bursts_;  // no longer than remembered_, since each holds an error at least
  std::uint32_t remembered_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t doublings_ = 0;  // of the next ejection
  base::Duration length_{0};
  base::Time back_at_ = base::kNever;  // also when it came back last, for the clean stretches
};

}  // namespace headgate::health::checks
