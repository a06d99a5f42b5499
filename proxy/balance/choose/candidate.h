#pragma once
#include <cstdint>
#include <limits>

namespace headgate::proxy::balance::choose {

/// A member of a pool that may be chosen now: its place in the version's list, and its share of the requests relative
/// to the others'. Weights are above 0.
struct Candidate {
  std::uint32_t member = 0;
  std::uint32_t weight = 1;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

inline constexpr std::uint32_t kNoMember = std::numeric_limits<std::uint32_t>::max();

}  // namespace headgate::proxy::balance::choose
