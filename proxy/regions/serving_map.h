#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "config/geo.h"
#include "geoip/regions.h"
#include "proxy/balance/choose/eligibility.h"
#include "proxy/balance/region/order.h"

namespace headgate::proxy::balance {
struct PoolVersion;
}

namespace headgate::proxy::regions {

using balance::region::State;

/// What is known of one region at a moment.
struct Standing {
  State state = State::kUp;
  bool is_failing = false;  ///< it misses what it requires, whether or not it is down for that yet
};

/// What is known of one pool at a moment: its members as HTTP sees them.
struct PoolMembers {
  struct Member {
    geoip::RegionIndex region = geoip::kNoRegion;
    std::optional<base::IpAddress> address;  ///< nothing: it has none, it is a unix socket
    balance::choose::Standing standing;      ///< but for `elsewhere`, which is not looked at
  };
  std::vector<Member> members;
  std::uint32_t panic_below_percent = 0;  ///< as choose::eligible_of has it
};
/// Those of a pool's version, as their words of health are now; null: none.
PoolMembers members_of(const balance::PoolVersion* version, const geoip::Regions& regions);

/// Which region serves a pool's clients.
struct Serving {
  geoip::RegionIndex region = geoip::kNoRegion;  ///< kNoRegion: none of the pool's regions can
  /// The client's own first choice is not the one that serves, or that one fails: what is said now will not hold long.
  bool is_failing = false;
  bool is_last_resort = false;  ///< none can: any address of any region is as good as another
  bool in_panic = false;        ///< the health of the pool's backends was not looked at (choose::eligible_of)
  friend bool operator==(const Serving&, const Serving&) = default;
};

/// Which region serves the clients of which, for each pool, and by which addresses: the one map that DNS answers by and
/// that HTTP's levels (balance/region) follow. Immutable; made anew when the state of a region, or of a backend
/// changes.
///
/// A region serves while it is up and the pool has a backend in it that may be given requests; of those the nearest one
/// to the client's (Regions::order_from), as balance/region orders them: backends of a lower `priority` first, backups
/// if nobody else is left. In panic (choose::eligible_of) the health of backends is not looked at here either: the
/// nearest region that is up and has any backend serves, and nobody is left out. Where none of the pool's backends
/// states a region, the region's state alone decides. If none is up, it is one that is drained, by the same rule.
class ServingMap {
 public:
  /// What it is made of.
  struct Source {
    const geoip::Regions& regions;
    std::string_view home;                   ///< the instance's region, where clients without one are; empty: none
    std::span<const config::Region> places;  ///< for their addresses; the first of `regions` by name, in their order
    std::span<const Standing> standings;     ///< by RegionIndex; of those beyond its end: up
    std::span<const PoolMembers> pools;      ///< as Config::pools
  };
  explicit ServingMap(const Source& source);

  std::size_t pools() const { return pools_; }
  /// The region that serves a client of region `client` (kNoRegion: of none, who is in the instance's, or, where that
  /// has none, in the first of the configuration). `pool`: pools() for what needs none. One read.
  Serving of(std::size_t pool, geoip::RegionIndex client) const {
    return serving_[pool * (regions_ + 1) + std::min<std::size_t>(client, regions_)];
  }
  /// The region's addresses that are worth trying for this pool, in their order. One that is an address of the pool's
  /// backends too is left out while all of these are unfit, but in panic; where that leaves none, all are given. Empty
  /// only where the region has none at all.
  std::span<const config::RegionAddress> healthy(std::size_t pool, geoip::RegionIndex region) const;
  /// All addresses of all regions, in their order: the last resort.
  std::span<const config::RegionAddress> everywhere() const { return lists_[0]; }
  Standing standing_of(geoip::RegionIndex region) const {
    return region < standings_.size() ? standings_[region] : Standing();
  }

 private:
  /// Whether the pool is in panic, for some client.
  bool serve_pool(const Source& source, std::size_t pool, const balance::region::Regions& order,
                  geoip::RegionIndex home);
  void serve_by_state(const Source& source, std::size_t pool, geoip::RegionIndex home);
  Serving by_state(const Source& source, geoip::RegionIndex from) const;
  void list_addresses(const Source& source, std::size_t pool, bool in_panic);

  std::size_t pools_ = 0;
  std::size_t regions_ = 0;
  std::vector<Standing> standings_;
  std::vector<Serving> serving_;                           // of each pool: of each region, then of none
  std::vector<std::vector<config::RegionAddress>> lists_;  // everywhere, each region's whole, and parts of those
  std::vector<std::uint32_t> list_of_;                     // of each pool, of each region: which of them
};

}  // namespace headgate::proxy::regions
