#include "proxy/balance/limit/queue_pace.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace headgate::proxy::balance::limit {
namespace {

/// A queue that has stood still for all that is remembered is not served within a day either.
constexpr base::Duration kLongest = std::chrono::hours(24);

double seconds_of(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void QueuePace::pass_time(base::Time now) {
  const base::Duration past = std::max(now - last_, base::Duration(0));
  last_ = std::max(last_, now);
  if (!is_waited_) {
    if (past > kForgetAfter) {
      served_in_all_ = 0;
      served_ = seconds_ = 0;
    }
    return;
  }
  if (served_in_all_ == 0) {
    seconds_ += seconds_of(past);
    return;
  }
  // Both fade by the same, so that their quotient is the pace from the first second on.
  const double memory = std::max(seconds_of(kMemory), kServedRemembered * seconds_ / std::max(served_, 1e-9));
  const double kept = std::exp(-seconds_of(past) / memory);
  served_ *= kept;
  seconds_ = seconds_ * kept + memory * (1 - kept);
}

void QueuePace::note_waiting(bool any, base::Time now) {
  pass_time(now);
  is_waited_ = any;
}

void QueuePace::note_served(base::Time now) {
  pass_time(now);
  served_ += 1;
  served_in_all_ = std::min(served_in_all_ + 1, kKnownServed);
}

std::optional<base::Duration> QueuePace::wait_behind(std::uint32_t ahead, base::Time now) const {
  QueuePace at = *this;
  at.pass_time(now);
  if (at.seconds_ < seconds_of(kKnownAfter) || at.served_in_all_ < kKnownServed) return std::nullopt;
  const double wait = (ahead + 1.0) * at.seconds_ / std::max(at.served_, 1e-9);
  return std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double>(std::min(wait, seconds_of(kLongest))));
}

}  // namespace headgate::proxy::balance::limit
