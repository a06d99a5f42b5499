#include <algorithm>

#include "proxy/balance/region/regional_choice.h"
#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

// Whom a pool that prefers regions would choose for the next client of one: as pick_by_region(), and nothing is taken.
namespace headgate::proxy::balance::region {
namespace {

/// To each that has room its part of `share`, by weight.
void give_by_weight(const RegionalChoice::Group& group, double share, Forecast& forecast) {
  double sum = 0;
  for (const choose::Candidate& each : group.candidates) sum += forecast.members[each.member].is_full ? 0 : each.weight;
  for (const choose::Candidate& each : group.candidates) {
    Forecast::Member& row = forecast.members[each.member];
    if (sum > 0 && !row.is_full) row.chance += share * each.weight / sum;
  }
}

}  // namespace
}  // namespace headgate::proxy::balance::region

namespace headgate::proxy::balance {

using region::RegionalChoice;

/// What the levels of the client's region make of the members: where they are, and how likely each is.
void WorkerPool::foresee_by_region(const RegionalChoice::View& view, const Wish& wish, Forecast& forecast) {
  forecast.panic = view.eligible.panic != choose::Panic::kNo;
  forecast.use_backups = view.eligible.use_backups;
  forecast.levels = view.eligible.levels;
  const PoolVersion::RegionView& wanted =
      *std::ranges::find(version_->views, view.region, &PoolVersion::RegionView::region);
  for (std::size_t i = 0; i < forecast.members.size(); ++i) {
    Forecast::Member& row = forecast.members[i];
    row.standing.elsewhere = wanted.elsewhere[i];
    row.place = view.eligible.place_of(row.standing);
    row.weight = 0;
  }
  for (const choose::Candidate& each : view.eligible.candidates) forecast.members[each.member].weight = each.weight;
  if (view.parts.empty()) return;
  if (wish.key) {
    return foresee_in_group(regional_->groups[view.parts[view.part_of(*wish.key)].group], 1, wish, forecast);
  }
  std::uint32_t from = 0;
  for (const RegionalChoice::Part& part : view.parts) {
    const double share = static_cast<double>(part.until - from) / view.parts.back().until;
    foresee_in_group(regional_->groups[part.group], share, wish, forecast);
    from = part.until;
  }
}

/// `share`: how likely it is that the request falls to this group.
void WorkerPool::foresee_in_group(RegionalChoice::Group& group, double share, const Wish& wish, Forecast& forecast) {
  const auto may_take = [&](std::uint32_t member) {
    return members_[member]->backend.get() != wish.avoid && !forecast.members[member].is_full;
  };
  std::uint32_t next = choose::kNoMember;
  if (const auto* turns = std::get_if<choose::RoundRobin>(&group.chooser)) {
    const std::vector<std::uint32_t> picks = turns->picks_until_turn(members_.size());
    for (const choose::Candidate& each : group.candidates) {
      forecast.members[each.member].picks_before = picks[each.member];
      if (may_take(each.member) && (next == choose::kNoMember || picks[each.member] < picks[next])) next = each.member;
    }
  } else if (auto* least = std::get_if<choose::LeastRequests>(&group.chooser)) {
    for (const choose::Candidate& each : group.candidates) {
      least->put_right(each.member, requests_in_flight(*members_[each.member]));
    }
    next = least->first();
    while (next != choose::kNoMember && !may_take(next)) next = least->after(next);
  } else if (const auto* two = std::get_if<choose::RandomTwo>(&group.chooser)) {
    std::vector<choose::RandomTwo::Load> loads;
    for (std::size_t i = 0; i < forecast.members.size(); ++i) {
      const Forecast::Member& row = forecast.members[i];
      loads.push_back(
          {row.requests_in_flight, regional_->weights[i], row.is_full, chooses_by_latency_ ? row.latency_ns : 1});
    }
    const std::vector<double> chances = two->chances(loads);
    for (const choose::Candidate& each : group.candidates) {
      forecast.members[each.member].chance += share * chances[each.member];
    }
  } else {
    foresee_key_in_group(group, std::get<choose::ByHash>(group.chooser), share, wish, forecast);
  }
  if (next != choose::kNoMember) forecast.members[next].chance += share;
}

void WorkerPool::foresee_key_in_group(const RegionalChoice::Group& group, const choose::ByHash& by_hash, double share,
                                      const Wish& wish, Forecast& forecast) const {
  const choose::HashTable* const table = wish.key ? by_hash.table_of(*wish.key) : nullptr;
  if (table == nullptr) return region::give_by_weight(group, share, forecast);
  const std::uint64_t in_flight = by_hash.max_load_percent == 0 ? 0 : requests_under_way() + 1;
  std::uint32_t looked_at = 0;
  for (std::uint32_t probe = 0; probe < choose::ByHash::kProbesMax; ++probe) {
    const std::uint32_t at = table->at(*wish.key, probe);
    if (!group.has[at]) continue;
    const WorkerBackend& member = *members_[at];
    Forecast::Member& row = forecast.members[at];
    if (row.key_order == choose::kNoMember) row.key_order = looked_at++;
    row.takes_key = takes_key(member, *wish.key);
    row.key_percent = member.part_percent;
    const std::uint64_t bound = by_hash.bound_of(regional_->weights[at], in_flight);
    if (by_hash.max_load_percent != 0) row.bound = bound;
    const bool has_room = row.requests_in_flight < bound && !row.is_full && member.backend.get() != wish.avoid;
    if (!row.takes_key || !has_room) continue;
    row.chance += share;
    return;
  }
  region::give_by_weight(group, share, forecast);  // who comes next in turn, whoever that is
}

}  // namespace headgate::proxy::balance
