#include "proxy/regions/serving_map.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "proxy/balance/pool.h"

namespace headgate::proxy::regions {
namespace {

using balance::choose::out_part;
using balance::choose::Panic;
using balance::region::Ranks;

bool is_wanted(const balance::choose::Standing& member) {
  const bool is_wanted_out = member.state == health::State::kDraining || member.state == health::State::kDisabled;
  return member.weight > 0 && member.weight_percent > 0 && !is_wanted_out;
}
bool is_fit(const balance::choose::Standing& member) {
  return is_wanted(member) && member.state == health::State::kUp;
}

/// Members of a pool that are alike for whoever chooses: those of one region and one priority.
struct Group {
  bool backup = false;
  std::uint32_t priority = 0;
  geoip::RegionIndex region = geoip::kNoRegion;
  bool is_fit = false;  // one of them is
};

std::vector<Group> groups_of(const PoolMembers& pool) {
  std::map<std::tuple<bool, std::uint32_t, geoip::RegionIndex>, bool> fit;
  for (const PoolMembers::Member& each : pool.members) {
    if (!is_wanted(each.standing)) continue;
    fit[{each.standing.backup, each.standing.priority, each.region}] |= is_fit(each.standing);
  }
  std::vector<Group> out;
  for (const auto& [key, is_any] : fit) out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), is_any});
  return out;
}

/// As choose::eligible_of has it: backups serve where nobody else is fit in a region that takes clients, and one is.
bool backups_serve(const std::vector<Group>& groups, const balance::region::Regions& order) {
  bool primary = false;
  bool primary_in = false;
  bool backup_in = false;
  for (const Group& each : groups) {
    if (!each.is_fit) continue;
    const bool is_in = order.state_of(each.region) == State::kUp;
    primary |= !each.backup;
    primary_in |= !each.backup && is_in;
    backup_in |= each.backup && is_in;
  }
  return !primary_in && (backup_in || !primary);
}

/// Whether those who choose among the pool's members are in panic: by the same function, since that depends on the
/// levels that a client's region makes.
class PanicOf {
 public:
  explicit PanicOf(const PoolMembers& pool) : pool_(pool) {
    for (const PoolMembers::Member& each : pool.members) standings_.push_back(each.standing);
  }
  /// Where no member states a region.
  Panic without_regions() const { return balance::choose::panic_of(standings_, pool_.panic_below_percent); }
  Panic by(const Ranks& ranks) {
    if (pool_.panic_below_percent == 0) return Panic::kNo;
    for (std::size_t i = 0; i < standings_.size(); ++i) standings_[i].elsewhere = ranks.of(pool_.members[i].region);
    return balance::choose::panic_of(standings_, pool_.panic_below_percent);
  }

 private:
  const PoolMembers& pool_;
  std::vector<balance::choose::Standing> standings_;
};

}  // namespace

PoolMembers members_of(const balance::PoolVersion* version, const geoip::Regions& regions) {
  PoolMembers out;
  if (version == nullptr) return out;
  out.panic_below_percent = version->settings.health.panic_below_percent;
  // Backends of a region mostly stand together.
  std::string_view name;
  geoip::RegionIndex region = geoip::kNoRegion;
  for (const balance::PoolVersion::Member& member : version->members) {
    if (member.region != name) {
      name = member.region;
      region = regions.find(name);
    }
    const health::BackendHealth& health = member.backend->health();
    const base::Endpoint& at = member.backend->address();
    out.members.push_back({region,
                           at.is_unix() ? std::nullopt : std::optional(at.address()),
                           {member.weight, member.backup, health.state(), health.weight_percent(), member.priority}});
  }
  return out;
}

ServingMap::ServingMap(const Source& source)
    : pools_(source.pools.size()),
      regions_(source.regions.size()),
      standings_(source.standings.begin(), source.standings.end()) {
  std::vector<State> states;
  for (const Standing& standing : standings_) states.push_back(standing.state);
  const balance::region::Regions order{&source.regions, source.places.size(), states};
  serving_.resize((pools_ + 1) * (regions_ + 1));
  lists_.resize(1 + source.places.size() + 1);
  for (std::size_t i = 0; i < source.places.size(); ++i) {
    const std::vector<config::RegionAddress>& own = source.places[i].addresses;
    lists_[0].insert(lists_[0].end(), own.begin(), own.end());
    lists_[1 + i] = own;
  }
  list_of_.resize(pools_ * regions_);
  const geoip::RegionIndex home = source.regions.find(source.home);
  for (std::size_t pool = 0; pool < pools_; ++pool) {
    const auto has_region = [](const PoolMembers::Member& member) { return member.region != geoip::kNoRegion; };
    if (std::ranges::any_of(source.pools[pool].members, has_region)) {
      list_addresses(source, pool, serve_pool(source, pool, order, home));
    } else {
      serve_by_state(source, pool, home);
      list_addresses(source, pool, PanicOf(source.pools[pool]).without_regions() != Panic::kNo);
    }
  }
  serve_by_state(source, pools_, home);
}

bool ServingMap::serve_pool(const Source& source, std::size_t pool, const balance::region::Regions& order,
                            geoip::RegionIndex home) {
  const std::vector<Group> groups = groups_of(source.pools[pool]);
  const bool use_backups_if_calm = backups_serve(groups, order);
  PanicOf panic_of(source.pools[pool]);
  bool any_panic = false;
  const bool has_primaries = std::ranges::any_of(groups, [](const Group& each) { return !each.backup; });
  std::vector<bool> is_used(regions_);
  for (const PoolMembers::Member& member : source.pools[pool].members) {
    if (member.region != geoip::kNoRegion) is_used[member.region] = true;
  }
  for (std::size_t client = 0; client <= regions_; ++client) {
    const geoip::RegionIndex from = client < regions_ ? static_cast<geoip::RegionIndex>(client) : home;
    const Ranks ranks = balance::region::ranks_from(order, from, is_used);
    const Panic panic = panic_of.by(ranks);
    const bool in_panic = panic != Panic::kNo;
    any_panic |= in_panic;
    const bool use_backups = use_backups_if_calm && !in_panic;
    const auto is_taken = [&](const Group& each) {
      const bool is_drained = out_part(ranks.of(each.region)) == balance::choose::kDrainedFirst;
      const bool needs_health = !in_panic || (panic == Panic::kYes && is_drained);
      return (each.is_fit || !needs_health) && each.backup == use_backups;
    };
    const bool without_region = std::ranges::any_of(
        groups, [&](const Group& each) { return each.region == geoip::kNoRegion && is_taken(each); });
    using Key = std::tuple<std::uint16_t, std::uint32_t, std::uint16_t, geoip::RegionIndex>;
    std::optional<Key> best;   // who serves: up or drained
    std::optional<Key> first;  // who would, if all were well
    for (const Group& each : groups) {
      if (each.region == geoip::kNoRegion) continue;
      const std::uint16_t rank = ranks.of(each.region);
      const Key key{out_part(rank), each.priority, rank, each.region};
      const bool may_serve = is_taken(each) && out_part(rank) != balance::choose::kDownFirst;
      if (may_serve && (!best || key < *best)) best = key;
      const auto distance = static_cast<std::uint16_t>(rank - out_part(rank));
      const Key wanted{0, each.priority, distance, each.region};
      const bool is_drained = out_part(rank) == balance::choose::kDrainedFirst;
      if (each.backup != has_primaries && !is_drained && (!first || wanted < *first)) first = wanted;
    }
    Serving& serving = serving_[pool * (regions_ + 1) + client];
    if (without_region && (!best || out_part(std::get<2>(*best)) != 0)) {
      serving = by_state(source, from);
    } else if (best) {
      serving.region = std::get<3>(*best);
    } else {
      serving.is_last_resort = true;
    }
    serving.in_panic = in_panic;
    serving.is_failing |= in_panic || serving.is_last_resort || (first && std::get<3>(*first) != serving.region) ||
                          standing_of(serving.region).is_failing;
  }
  return any_panic;
}

Serving ServingMap::by_state(const Source& source, geoip::RegionIndex from) const {
  Serving out;
  std::optional<geoip::RegionIndex> drained;
  const auto offer = [&](geoip::RegionIndex region) {
    const Standing standing = standing_of(region);
    if (standing.state == State::kDrained && !drained) drained = region;
    if (standing.state == State::kDown) out.is_failing = true;
    if (standing.state != State::kUp) return false;
    out.region = region;
    out.is_failing |= standing.is_failing;
    return true;
  };
  if (from != geoip::kNoRegion) {
    for (const geoip::RegionIndex each : source.regions.order_from(from)) {
      if (offer(each)) return out;
    }
  } else {
    for (std::size_t i = 0; i < regions_; ++i) {
      if (offer(static_cast<geoip::RegionIndex>(i))) return out;
    }
  }
  out.region = drained.value_or(geoip::kNoRegion);
  out.is_last_resort = !drained;
  out.is_failing |= out.is_last_resort;
  return out;
}

void ServingMap::serve_by_state(const Source& source, std::size_t pool, geoip::RegionIndex home) {
  for (std::size_t client = 0; client <= regions_; ++client) {
    const geoip::RegionIndex from = client < regions_ ? static_cast<geoip::RegionIndex>(client) : home;
    serving_[pool * (regions_ + 1) + client] = by_state(source, from);
  }
}

void ServingMap::list_addresses(const Source& source, std::size_t pool, bool in_panic) {
  std::map<base::IpAddress, bool> fit;  // of the pool's backends
  for (const PoolMembers::Member& member : source.pools[pool].members) {
    const bool is_taken = in_panic ? is_wanted(member.standing) : is_fit(member.standing);
    if (member.address) fit[*member.address] |= is_taken;
  }
  const auto none = static_cast<std::uint32_t>(1 + source.places.size());
  for (std::size_t region = 0; region < regions_; ++region) {
    std::uint32_t& list = list_of_[pool * regions_ + region];
    list = region < source.places.size() ? static_cast<std::uint32_t>(1 + region) : none;
    if (list == none) continue;
    std::vector<config::RegionAddress> left;
    for (const config::RegionAddress& each : lists_[list]) {
      const auto found = fit.find(each.address);
      if (found == fit.end() || found->second) left.push_back(each);
    }
    if (left.empty() || left.size() == lists_[list].size()) continue;
    list = static_cast<std::uint32_t>(lists_.size());
    lists_.push_back(std::move(left));
  }
}

std::span<const config::RegionAddress> ServingMap::healthy(std::size_t pool, geoip::RegionIndex region) const {
  if (region >= regions_) return {};
  return lists_[list_of_[pool * regions_ + region]];
}

}  // namespace headgate::proxy::regions
