#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "health/backend_health.h"
#include "proxy/balance/choose/candidate.h"
#include "proxy/balance/choose/levels.h"

namespace headgate::proxy::balance::choose {

/// What decides whether a member may be chosen.
struct Standing {
  std::uint32_t weight = 1;  ///< as configured, 0 to 256
  bool backup = false;
  health::State state = health::State::kUp;
  std::uint32_t weight_percent = 100;  ///< slow start's share of it, and an operator's, 0 to 100
  std::uint32_t priority = 0;          ///< lower comes first
  std::uint16_t elsewhere = 0;         ///< so many regions are nearer; 0: it stands in the one that is asked for
                                       ///< (choose/levels.h: and whether its region is drained or down)
};

/// Whether a member may be chosen, and if not, why.
enum class Place : std::uint8_t {
  kCandidate,
  kWeightZero,  ///< its weight, or what an operator leaves of it, says: no new requests
  kDraining,
  kDisabled,
  kHeldBack,    ///< a backup, while another member is fit
  kPassedOver,  ///< no backup, while backups serve
  kNotNeeded,   ///< what comes before it, by priority or region, carries everything
  kUnfit,       ///< down or ejected
};

/// Whether health is looked at.
enum class Panic : std::uint8_t {
  kNo,
  kYes,         ///< not, but of members whose region is drained
  kEverywhere,  ///< nor of these: there are no others
};

struct Eligibility {
  std::vector<Candidate> candidates;  ///< in the members' order; weight times percent, where levels share by these too
  /// Members that are up and hold themselves ready, the next that would serve first: what comes after the levels that
  /// serve, then backups. For a request that found nobody where it was sent, and has nowhere else to go.
  std::vector<std::uint32_t> reserve;
  std::vector<Level> levels;  ///< of the backups if these serve, else of the others; in their order
  std::uint32_t up = 0;       ///< members that are up, backups and weight 0 included
  Panic panic = Panic::kNo;   ///< whether too few are healthy
  bool use_backups = false;   ///< no other member is fit

  Place place_of(const Standing& member) const;
  /// The one that the member belongs to; null: none, it is a backup that does not serve or has no weight.
  const Level* level_of(const Standing& member) const;
  /// Whether a member takes requests of the sessions that it has: one that is up, whatever its weight, a backup that
  /// serves no more included; one that drains; and in panic one that is taken for up.
  bool keeps_sessions(const Standing& member) const;
};

/// Members that are up and have a weight; backups only if there is no such member among the others (where a region is
/// drained or down: among those of the regions that are not, if that has a backup then). When the share of
/// healthy ones among the members that are neither backup, nor draining or disabled, nor of weight 0 (or 0%) is
/// strictly below `panic_below_percent`, all of these are taken, whatever their health: it is then likelier that the
/// checks are wrong, or that the few left would be overrun, than that nearly all failed. That a region is drained is no
/// matter of health: its members are not in that share, and are taken only if they are up, unless there are no others.
///
/// Where members differ in priority or region they make levels, which share the requests as share_out() says; the
/// candidates' weights make it so. Then it is panic only if the levels cannot carry everything, and in panic all levels
/// are alike.
Eligibility eligible_of(std::span<const Standing> members, std::uint32_t panic_below_percent);

/// The same panic, for who wants no more than that; its cost does not grow with the levels unless few are healthy.
Panic panic_of(std::span<const Standing> members, std::uint32_t panic_below_percent);

}  // namespace headgate::proxy::balance::choose
