#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "geoip/regions.h"
#include "health/heritage.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/regions/regions_share.h"
#include "proxy/regions/requirement.h"

namespace headgate::proxy::balance {
class Pool;
}

namespace headgate::proxy::regions {

/// A region went from one state to another.
struct RegionChange {
  std::string_view region;
  State from;
  State to;
  std::string_view why;
};

/// Who drains a region.
enum class DrainedBy : std::uint8_t { kNobody, kConfiguration, kOperator };

/// Of the regions of `regions`, in their order: up, or drained by the configuration.
std::vector<State> configured_states(const config::Config& config);

/// One region as an operator sees it.
struct RegionRow {
  struct Address {
    config::RegionAddress address;
    std::optional<bool> is_healthy;  ///< whether a backend at it takes requests; nothing: no pool has one there
  };
  /// A pool that has backends in some region.
  struct Pool {
    std::string name;
    std::uint32_t backends = 0;  ///< that stand in this one
    std::uint32_t healthy = 0;   ///< of these, that take requests
    std::string served_by;       ///< the region that serves the clients of this one; empty: none
    bool is_last_resort = false;
  };
  std::string name;
  geoip::RegionIndex index = 0;
  State state = State::kUp;
  bool is_failing = false;  ///< misses what it requires
  base::WallTime since;     ///< when the state was entered
  std::string why;          ///< one line
  DrainedBy drained_by = DrainedBy::kNobody;
  std::vector<RequirementStanding> requirements;
  std::vector<Address> addresses;
  std::vector<Pool> pools;
};

/// What became of an operator's wish.
enum class WishOutcome : std::uint8_t {
  kTaken,
  kNoSuchRegion,
  kConfigured,  ///< the configuration drains it, and nobody else can undo that
};

/// Keeps the state of each region, by what it requires and by who drains it, and the ServingMap that follows from it
/// and from the health of pools: looks once a second, and when a pool has changed. Belongs to the control thread.
class RegionKeeper {
 public:
  struct Told {
    /// A region is up, drained or down, and was not before.
    std::function<void(const RegionChange& change)> moved;
    /// The regions' states, by index, are others: pools are to be ordered by these.
    std::function<void(const std::vector<State>& states)> states;
    /// A sentence, and whether it is bad news.
    std::function<void(const std::string& text, bool is_bad)> happened;
  };
  RegionKeeper(net::Loop& loop, Told told);
  ~RegionKeeper();
  RegionKeeper(const RegionKeeper&) = delete;
  RegionKeeper& operator=(const RegionKeeper&) = delete;

  /// What the states will be at first under a configuration: what is known of its regions, by name. Before pools are
  /// published for it.
  std::vector<State> first_states(const config::Config& config, const geoip::Regions& regions) const;
  /// From now on these are the regions, and these the pools, as Config::pools; `regions` null: there are none. A region
  /// that is new is judged at once.
  void follow(std::shared_ptr<const config::Config> config, std::shared_ptr<const geoip::Regions> regions,
              std::vector<std::shared_ptr<balance::Pool>> pools, std::shared_ptr<RegionsShare> share);
  /// Members of a pool, or their health, have changed: there is a look on the loop's next turn.
  void pools_changed();
  /// Looks every kLookEvery.
  net::Task<void> watch();

  /// Drains a region, or lets it go on. The map and the pools follow before this returns. `why`: for people; empty: who
  /// wished it.
  WishOutcome wish(std::string_view region, bool drain, std::string_view why);

  std::vector<RegionRow> rows() const;
  /// Operators' wishes, for the next process, and of the one before.
  std::vector<health::InheritedRegionWish> heritage() const;
  void inherit(std::vector<health::InheritedRegionWish> wishes);

  static constexpr base::Duration kLookEvery = std::chrono::seconds(1);

 private:
  struct Kept;
  void look(bool counts);
  bool judge(Kept& kept, bool counts);
  void publish();
  void fill(std::vector<RegionRow>& rows) const;
  void tell_of_last_resorts(const ServingMap& map);

  net::Loop& loop_;
  Told told_;
  net::ReadyHook looking_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const geoip::Regions> regions_;
  std::vector<std::shared_ptr<balance::Pool>> pools_;
  std::shared_ptr<RegionsShare> share_;
  std::vector<std::unique_ptr<Kept>> kept_;                                 // by RegionIndex
  std::map<std::string, health::InheritedRegionWish, std::less<>> wishes_;  // by region; those that drain one
  std::vector<PoolMembers> members_;                                        // as of the last look
  std::vector<bool> is_last_resort_;                                        // of each pool, for some client
};

}  // namespace headgate::proxy::regions
