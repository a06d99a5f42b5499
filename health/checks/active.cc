#include "health/checks/active.h"

#include "base/result.h"

namespace headgate::health::checks {

std::string_view to_string(ActiveState state) {
  switch (state) {
    case ActiveState::kUnchecked:
      return "unchecked";
    case ActiveState::kPassing:
      return "passing";
    case ActiveState::kFailing:
      return "failing";
  }
  return "unknown";
}

void ActiveChecks::move_to(ActiveState next) {
  if (next == state_) base::invariant_broken("the active checks of a backend moved to the state they were in");
  state_ = next;
  deciding_run_ = next == ActiveState::kUnchecked ? 0 : against_;
  against_ = 0;
}

bool ActiveChecks::record(Verdict verdict, Thresholds thresholds) {
  if (verdict == Verdict::kUndecided) return false;
  const ActiveState said = verdict == Verdict::kPassed ? ActiveState::kPassing : ActiveState::kFailing;
  if (said == state_) {
    against_ = 0;
    return false;
  }
  ++against_;
  const std::uint32_t needed = state_ == ActiveState::kUnchecked ? 1
                               : said == ActiveState::kFailing   ? thresholds.fall
                                                                 : thresholds.rise;
  if (against_ < needed) return false;
  move_to(said);
  return true;
}

bool ActiveChecks::forget() {
  against_ = 0;
  if (state_ == ActiveState::kUnchecked) return false;
  move_to(ActiveState::kUnchecked);
  return true;
}

}  // namespace headgate::health::checks
