#include "proxy/balance/choose/eligibility.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace headgate::proxy::balance::choose {
namespace {

/// The weight of the heaviest candidate, where they are worked out from shares: as of one of weight 256 at 100%.
constexpr double kWeightMax = 25'600;

bool takes_new_requests(const Standing& member) {
  const bool is_wanted_out = member.state == health::State::kDraining || member.state == health::State::kDisabled;
  return member.weight > 0 && member.weight_percent > 0 && !is_wanted_out;
}

std::uint32_t weight_now(const Standing& member) {
  return member.weight * std::min(member.weight_percent, 100u);
}

bool is_in_drained_region(const auto& each) {
  return out_part(each.elsewhere) == kDrainedFirst;
}

/// Members that panic is reckoned by.
struct Reckoned {
  std::uint64_t all = 0;
  std::uint64_t healthy = 0;
  bool drained_too = false;  // there are no others
};
Reckoned reckon(std::span<const Standing> members, bool drained_too) {
  Reckoned out{.drained_too = drained_too};
  for (const Standing& member : members) {
    if (member.backup || !takes_new_requests(member) || (!drained_too && is_in_drained_region(member))) continue;
    ++out.all;
    if (member.state == health::State::kUp) ++out.healthy;
  }
  return out.all == 0 && !drained_too ? reckon(members, true) : out;
}
/// What it would be if the levels cannot carry everything.
Panic panic_by_count(std::span<const Standing> members, std::uint32_t panic_below_percent) {
  const Reckoned reckoned = reckon(members, false);
  if (reckoned.healthy * 100 >= reckoned.all * panic_below_percent) return Panic::kNo;
  return reckoned.drained_too ? Panic::kEverywhere : Panic::kYes;
}

/// Of levels, and of members: by it those come first that are asked first.
auto order(const auto& each) {
  return std::tuple(out_part(each.elsewhere), each.priority, each.elsewhere);
}

std::vector<Level> levels_of(std::span<const Standing> members, bool backups) {
  std::vector<Level> levels;
  for (const Standing& member : members) {
    if (member.backup != backups || !takes_new_requests(member)) continue;
    auto at = std::ranges::lower_bound(levels, order(member), {}, [](const Level& level) { return order(level); });
    if (at == levels.end() || order(*at) != order(member)) {
      at = levels.insert(at, Level{.priority = member.priority, .elsewhere = member.elsewhere});
    }
    at->weight += member.weight;
    if (member.state == health::State::kUp) at->healthy_weight += member.weight;
  }
  return levels;
}

/// Weights by which each level gets its share, and within it each member its part of that.
void weigh_by_level(std::span<const Standing> members, Eligibility& result) {
  const auto serving = std::ranges::count_if(result.levels, [](const Level& level) { return level.share > 0; });
  if (serving < 2) return;
  std::vector<double> in_all(result.levels.size());
  const auto index_of = [&](const Candidate& candidate) {
    return static_cast<std::size_t>(result.level_of(members[candidate.member]) - result.levels.data());
  };
  for (const Candidate& candidate : result.candidates) in_all[index_of(candidate)] += candidate.weight;
  std::vector<double> parts;
  double most = 0;
  for (const Candidate& candidate : result.candidates) {
    const std::size_t level = index_of(candidate);
    parts.push_back(candidate.weight / in_all[level] * result.levels[level].share);
    most = std::max(most, parts.back());
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double weight = std::max(1.0, std::round(parts[i] / most * kWeightMax));
    result.candidates[i].weight = static_cast<std::uint32_t>(weight);
  }
}

std::vector<std::uint32_t> reserve_of(std::span<const Standing> members, const Eligibility& result) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const Place place = result.place_of(members[i]);
    if (place == Place::kNotNeeded || place == Place::kHeldBack) out.push_back(i);
  }
  std::ranges::sort(out, {}, [&](std::uint32_t i) { return std::tuple(members[i].backup, order(members[i]), i); });
  return out;
}

}  // namespace

const Level* Eligibility::level_of(const Standing& member) const {
  if (member.backup != use_backups) return nullptr;
  const auto found = std::ranges::find_if(levels, [&member](const Level& level) {
    return level.priority == member.priority && level.elsewhere == member.elsewhere;
  });
  return found == levels.end() ? nullptr : &*found;
}

Place Eligibility::place_of(const Standing& member) const {
  if (member.state == health::State::kDisabled) return Place::kDisabled;
  if (member.state == health::State::kDraining) return Place::kDraining;
  if (member.weight == 0 || member.weight_percent == 0) return Place::kWeightZero;
  const bool needs_health = panic == Panic::kNo || (panic == Panic::kYes && is_in_drained_region(member));
  if (member.state != health::State::kUp && needs_health) return Place::kUnfit;
  if (member.backup != use_backups) return member.backup ? Place::kHeldBack : Place::kPassedOver;
  const Level* const level = level_of(member);
  return level == nullptr || level->share > 0 ? Place::kCandidate : Place::kNotNeeded;
}

bool Eligibility::keeps_sessions(const Standing& member) const {
  if (member.state == health::State::kUp || member.state == health::State::kDraining) return true;
  return place_of(member) == Place::kCandidate;
}

Eligibility eligible_of(std::span<const Standing> members, std::uint32_t panic_below_percent) {
  Eligibility result;
  std::uint64_t healthy_primaries = 0;
  std::uint64_t healthy_primaries_in = 0;  // in regions that take clients
  std::uint64_t healthy_backups_in = 0;
  for (const Standing& member : members) {
    const bool up = member.state == health::State::kUp;
    if (up) ++result.up;
    if (!takes_new_requests(member)) continue;
    const bool is_in = up && out_part(member.elsewhere) == 0;
    if (member.backup) {
      if (is_in) ++healthy_backups_in;
      continue;
    }
    if (up) ++healthy_primaries;
    if (is_in) ++healthy_primaries_in;
  }
  result.levels = levels_of(members, false);
  const bool all_carried = share_out(result.levels) && result.levels.size() > 1;
  if (!all_carried) result.panic = panic_by_count(members, panic_below_percent);
  const bool has_primary = healthy_primaries_in > 0 || (healthy_primaries > 0 && healthy_backups_in == 0);
  result.use_backups = result.panic == Panic::kNo && !has_primary;
  if (result.panic != Panic::kNo) {
    share_by_weight(result.levels, result.panic == Panic::kEverywhere);
  } else if (result.use_backups) {
    result.levels = levels_of(members, true);
    share_out(result.levels);
  }
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const Standing& member = members[i];
    if (result.place_of(member) == Place::kCandidate) result.candidates.push_back({i, weight_now(member)});
  }
  if (result.panic == Panic::kNo) {
    weigh_by_level(members, result);
    result.reserve = reserve_of(members, result);
  }
  return result;
}

Panic panic_of(std::span<const Standing> members, std::uint32_t panic_below_percent) {
  const Panic by_count = panic_by_count(members, panic_below_percent);
  if (by_count == Panic::kNo) return by_count;
  std::vector<Level> levels = levels_of(members, false);
  return share_out(levels) && levels.size() > 1 ? Panic::kNo : by_count;
}

}  // namespace headgate::proxy::balance::choose
