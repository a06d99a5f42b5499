#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "proxy/balance/choose/schedule.h"

namespace headgate::proxy::balance::choose {

/// The power of two choices (Mitzenmacher 1996): two candidates are drawn by weight, and the caller takes the one that
/// has less to do for its weight, or where another request costs less (peak_ewma.h). Drawing at random keeps workers
/// that see the same counts from all rushing to the same backend. A pick costs the same whatever the number of
/// candidates.
class RandomTwo {
 public:
  /// What is drawn for a member: what it has to do and its weight; one that is full is taken only if there is no other.
  struct Load {
    std::uint32_t requests = 0;
    std::uint32_t weight = 0;
    bool is_full = false;
    double latency_ns = 1;  ///< 1 for all: only the requests count
  };
  struct Pair {
    std::uint32_t first = 0;
    std::uint32_t second = 0;  ///< the same as `first` if chance has it, or if there is only one
  };

  void rebuild(std::span<const Candidate> candidates) { schedule_ = schedule_of(candidates); }

  /// There must be a candidate.
  Pair draw(base::Random& random) const {
    const std::uint32_t entries = static_cast<std::uint32_t>(schedule_.size());
    const std::uint32_t first = random.below(entries);
    if (entries == 1) return {schedule_[0], schedule_[0]};
    // Another entry than the first: of two equal candidates, both are always looked at.
    std::uint32_t second = first + 1 + random.below(entries - 1);
    if (second >= entries) second -= entries;
    return {schedule_[first], schedule_[second]};
  }

  /// For each member how likely it is that the caller takes it; 0 for all if every candidate is full. Exact but for
  /// draws of two that are full, which are repeated: as if for ever, not kProbesMax times.
  std::vector<double> chances(std::span<const Load> loads) const;

 private:
  std::vector<std::uint32_t> schedule_;
};

/// Whether b, with one request more, would be less loaded for its weight than a.
constexpr bool is_less_loaded(std::uint32_t load_b, std::uint32_t weight_b, std::uint32_t load_a,
                              std::uint32_t weight_a) {
  return (std::uint64_t{load_b} + 1) * weight_a < (std::uint64_t{load_a} + 1) * weight_b;
}

}  // namespace headgate::proxy::balance::choose
