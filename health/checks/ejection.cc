#include "health/checks/ejection.h"

#include <algorithm>

#include "base/result.h"

namespace headgate::health::checks {
namespace {

// The first power of two that is at least kLongestFactor: more doublings would change nothing but take longer to undo.
constexpr std::uint32_t kDoublingsMax = 4;
static_assert((1u << kDoublingsMax) >= Ejection::kLongestFactor);

}  // namespace

std::uint32_t ejections_allowed(std::uint32_t backends, std::uint32_t max_ejected_percent) {
  if (backends < 2 || max_ejected_percent == 0) return 0;
  const std::uint64_t share = std::uint64_t{backends} * std::min(max_ejected_percent, 100u) / 100;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(share));
}

void Ejection::move_to(EjectionState next, base::Time now) {
  if (next == state_) base::invariant_broken("an ejection moved to the state it was in");
  state_ = next;
  if (next == EjectionState::kOut) {
    ++count_;
    back_at_ = now + length_;
  } else {
    back_at_ = now;
  }
  bursts_.clear();
  remembered_ = 0;
}

void Ejection::forget_before(base::Time oldest) {
  while (!bursts_.empty() && bursts_.front().when < oldest) {
    remembered_ -= bursts_.front().errors;
    bursts_.pop_front();
  }
}

base::Duration Ejection::next_length(base::Duration first, base::Time now) {
  if (count_ > 0 && length_ > base::Duration(0)) {
    const std::int64_t clean_stretches = (now - back_at_) / length_;
    doublings_ -= static_cast<std::uint32_t>(std::min<std::int64_t>(doublings_, clean_stretches));
  }
  const std::uint32_t factor = std::min(1u << doublings_, kLongestFactor);
  doublings_ = std::min(doublings_ + 1, kDoublingsMax);
  return first * factor;
}

bool Ejection::record(std::uint32_t errors, const config::Outlier& settings, base::Time now, bool room) {
  if (state_ == EjectionState::kOut || errors == 0) return false;
  forget_before(now - settings.window);
  // Where errors come faster than the cap lets the backend go, the newest ones are kept: never more than would do.
  const std::uint32_t counted = std::min(errors, settings.errors);
  while (!bursts_.empty() && remembered_ > settings.errors - counted) {
    Burst& oldest = bursts_.front();
    const std::uint32_t surplus = std::min(oldest.errors, remembered_ - (settings.errors - counted));
    oldest.errors -= surplus;
    remembered_ -= surplus;
    if (oldest.errors == 0) bursts_.pop_front();
  }
  bursts_.push_back({now, counted});
  remembered_ += counted;
  if (remembered_ < settings.errors || !room) return false;
  length_ = next_length(settings.eject, now);
  move_to(EjectionState::kOut, now);
  return true;
}

void Ejection::inherit(base::Time now, base::Duration left, std::uint32_t count) {
  if (left > base::Duration(0)) {
    length_ = left;
    back_at_ = now + left;
    move_to(EjectionState::kOut, now);
  }
  count_ = count;
}

bool Ejection::advance(base::Time now) {
  if (state_ != EjectionState::kOut || now < back_at_) return false;
  move_to(EjectionState::kIn, now);
  return true;
}

bool Ejection::end_early(base::Time now) {
  if (state_ != EjectionState::kOut) return false;
  move_to(EjectionState::kIn, now);
  return true;
}

}  // namespace headgate::health::checks
