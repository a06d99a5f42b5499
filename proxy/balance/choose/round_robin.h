#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "proxy/balance/choose/schedule.h"

namespace headgate::proxy::balance::choose {

/// Weighted round robin. A pick costs the same whatever the number of candidates.
class RoundRobin {
 public:
  /// Begins `fraction` (0 to 1) of the way through the schedule, so that workers do not all begin with the same
  /// backend.
  explicit RoundRobin(double fraction) : start_(fraction) {}

  /// Goes on at the same share of the way through the new schedule, so that no rebuild favours who comes first in it.
  void rebuild(std::span<const Candidate> candidates) {
    const double reached =
        schedule_.empty() ? start_ : static_cast<double>(next_) / static_cast<double>(schedule_.size());
    schedule_ = schedule_of(candidates);
    // Rounded up: many rebuilds with a pick between each must not stand still.
    next_ = static_cast<std::size_t>(std::ceil(reached * static_cast<double>(schedule_.size())));
  }

  /// Whose turn it is; there must be a candidate.
  std::uint32_t next() {
    if (next_ >= schedule_.size()) next_ = 0;
    return schedule_[next_++];
  }

  /// For each of `members`, how many picks are before its next turn; kNoMember for who has none.
  std::vector<std::uint32_t> picks_until_turn(std::size_t members) const {
    std::vector<std::uint32_t> out(members, kNoMember);
    for (std::size_t i = 0; i < schedule_.size(); ++i) {
      std::uint32_t& picks = out[schedule_[(next_ + i) % schedule_.size()]];
      if (picks == kNoMember) picks = static_cast<std::uint32_t>(i);
    }
    return out;
  }

  /// Somebody by weight, without taking a turn; there must be a candidate.
  std::uint32_t draw(base::Random& random) const {
    return schedule_[random.below(static_cast<std::uint32_t>(schedule_.size()))];
  }

 private:
  std::vector<std::uint32_t> schedule_;
  std::size_t next_ = 0;
  double start_;
};

}  // namespace headgate::proxy::balance::choose
