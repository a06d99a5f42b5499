#include "health/checks/slow_start.h"

#include "base/result.h"

namespace headgate::health::checks {

void SlowStart::move_to(SlowStartState next) {
  if (next == state_) base::invariant_broken("a slow start moved to the state it was in");
  state_ = next;
  steps_taken_ = 0;
}

void SlowStart::begin(base::Time now, base::Duration length) {
  if (length <= base::Duration(0)) return;
  begun_ = now;
  length_ = length;
  move_to(SlowStartState::kRising);
}

void SlowStart::abandon() {
  if (state_ == SlowStartState::kRising) move_to(SlowStartState::kFull);
}

void SlowStart::advance(base::Time now) {
  while (state_ == SlowStartState::kRising && now >= next_step()) {
    if (++steps_taken_ == kSteps) move_to(SlowStartState::kFull);
  }
}

std::uint32_t SlowStart::percent() const {
  if (state_ == SlowStartState::kFull) return 100;
  return kFirstPercent + (100 - kFirstPercent) * steps_taken_ / kSteps;
}

base::Time SlowStart::next_step() const {
  if (state_ == SlowStartState::kFull) return base::kNever;
  // Divided first: a slow start of weeks would overflow otherwise, and a step lost to rounding is below 9 ns.
  const base::Duration step = length_ / kSteps;
  return steps_taken_ + 1 == kSteps ? begun_ + length_ : begun_ + step * (steps_taken_ + 1);
}

}  // namespace headgate::health::checks
