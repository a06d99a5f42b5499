#include "health/checks/operator_wish.h"

#include <algorithm>

#include "base/result.h"

namespace headgate::health::checks {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::kEnabled:
      return "enabled";
    case Mode::kDraining:
      return "draining";
    case Mode::kDisabled:
      return "disabled";
  }
  return "unknown";
}

void OperatorWish::enable(base::Time now, base::Duration over) {
  mode_ = Mode::kEnabled;
  move(std::max(percent_, 1u), 100, now, over);
}

void OperatorWish::drain(base::Time now, base::Duration over) {
  mode_ = Mode::kDraining;
  move(percent_, 0, now, over);
}

void OperatorWish::disable() {
  mode_ = Mode::kDisabled;
  move(0, 0, base::Time(), base::Duration(0));
}

void OperatorWish::set_percent(std::uint32_t percent, base::Time now, base::Duration over) {
  if (mode_ != Mode::kEnabled) base::invariant_broken("a weight for a backend that is not enabled");
  move(percent_, std::min(percent, 100u), now, over);
}

void OperatorWish::inherit(Mode mode, std::uint32_t percent, std::uint32_t target, base::Time now,
                           base::Duration left) {
  mode_ = mode;
  percent_ = std::min(percent, 100u);
  move(percent_, mode == Mode::kEnabled ? std::min(target, 100u) : 0, now, left);
}

void OperatorWish::move(std::uint32_t from, std::uint32_t target, base::Time now, base::Duration over) {
  target_ = target;
  steps_ = steps_taken_ = 0;
  const std::uint32_t distance = from > target ? from - target : target - from;
  if (over <= base::Duration(0) || distance == 0) {
    percent_ = target;
    return;
  }
  percent_ = from_ = from;
  begun_ = now;
  length_ = over;
  steps_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(over / kShortestStep, 1, distance));
}

base::Time OperatorWish::next_step() const {
  if (!is_moving()) return base::kNever;
  // Divided first: a time of weeks would overflow otherwise, and what is lost to rounding is below a microsecond.
  return steps_taken_ + 1 == steps_ ? begun_ + length_ : begun_ + length_ / steps_ * (steps_taken_ + 1);
}

void OperatorWish::advance(base::Time now) {
  while (now >= next_step()) {
    ++steps_taken_;
    const auto from = static_cast<std::int64_t>(from_);
    const auto way = static_cast<std::int64_t>(target_) - from;
    percent_ = static_cast<std::uint32_t>(from + way * steps_taken_ / steps_);
  }
}

}  // namespace headgate::health::checks
