#pragma once
#include <cstdint>
#include <vector>

namespace headgate::proxy::balance::choose {

/// Added to `elsewhere` of who stands in a region that takes no clients while another can: drained, or down.
inline constexpr std::uint16_t kDrainedFirst = 0x4000;
inline constexpr std::uint16_t kDownFirst = 0x8000;
/// Which of these is in it; 0: none, its region takes clients.
inline constexpr std::uint16_t out_part(std::uint16_t elsewhere) {
  return elsewhere & (kDrainedFirst | kDownFirst);
}

/// The backends of a pool that are asked before or after others: those of one priority that stand equally near. Lower
/// comes first: all of one priority before those of the next, and within it those that stand nearest. Those of regions
/// that are drained come after all these, and last those of regions that are down.
struct Level {
  std::uint32_t priority = 0;
  std::uint16_t elsewhere = 0;       ///< so many regions are nearer; 0: the one that is asked for; with out_part()
  std::uint64_t weight = 0;          ///< of those that an operator leaves in, up or not
  std::uint64_t healthy_weight = 0;  ///< of those that are up
  std::uint32_t share = 0;           ///< of kWholeShare: what of the pool's requests it gets

  /// Of kWholeShare, what it can carry: it is made for more than its requests, so a part may be down without loss.
  std::uint32_t health() const;
};

inline constexpr std::uint32_t kWholeShare = 1000;
/// A level carries its requests while this much of it, in percent, times its healthy part covers them: 5 in 7 suffice.
inline constexpr std::uint32_t kOverprovisioningPercent = 140;

/// Gives each level, in their order, as much as it can carry of what those before it cannot. What all together cannot
/// carry is spread in proportion to what they can. True if they can carry everything.
bool share_out(std::vector<Level>& levels);
/// Gives each level its part by weight, whatever its health; one whose region is drained, unless `drained_too`, by the
/// weight of those that are up.
void share_by_weight(std::vector<Level>& levels, bool drained_too);

}  // namespace headgate::proxy::balance::choose
