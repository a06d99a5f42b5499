#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/balance/choose/hash_member.h"

namespace headgate::proxy::balance::choose {

/// Consistent hashing on a ring (Karger et al. 1997): each member has points on it, as many as its weight says, and a
/// key belongs to the first point at or after its hash. When a member leaves or comes its share of the keys moves, and
/// no other; above kPointsInAll / kPointsMax members as much once more, since then each has fewer points the more there
/// are. Shares are off by chance: by 1% of one where a member has kPointsMax points, by 8% where it has kPointsMin.
class Ring {
 public:
  static constexpr std::size_t kPointsMin = 160;            ///< of the heaviest member
  static constexpr std::size_t kPointsMax = 10'000;         ///< of the heaviest member
  static constexpr std::size_t kPointsInAll = 1024 * 1024;  ///< of all, unless kPointsMin asks for more

  /// Takes time in the order of the points, by their logarithm.
  explicit Ring(std::span<const HashMember> members);

  bool empty() const { return points_.empty(); }  ///< no member has a weight: at() must not be asked
  /// The member, by its place in the list, for a key with this hash; `probe` 1, 2, ... is the next point's, which may
  /// be one that came before.
  std::uint32_t at(std::uint64_t hash, std::uint32_t probe) const;
  std::size_t points() const { return points_.size(); }

 private:
  struct Point {
    std::uint64_t at;
    std::uint32_t member;
  };
  std::vector<Point> points_;
};

}  // namespace headgate::proxy::balance::choose
