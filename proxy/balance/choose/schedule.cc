#include "proxy/balance/choose/schedule.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>

namespace headgate::proxy::balance::choose {
namespace {

/// Members of equal weight, whose turns together are spread evenly over the schedule, and who take them one by one.
struct Group {
  std::vector<std::uint32_t> members;
  std::uint64_t turns = 0;  // of all its members in the whole schedule
  std::uint64_t taken = 0;

  /// Where the next turn would ideally be, from 0 to 1.
  double next_position() const { return (static_cast<double>(taken) + 0.5) / static_cast<double>(turns); }
};

struct LaterTurn {
  const std::vector<Group>& groups;
  bool operator()(std::size_t a, std::size_t b) const {
    const double position_a = groups[a].next_position();
    const double position_b = groups[b].next_position();
    return position_a != position_b ? position_a > position_b : a > b;
  }
};

std::uint32_t common_divisor(std::span<const Candidate> candidates) {
  std::uint32_t divisor = 0;
  for (const Candidate& candidate : candidates) divisor = std::gcd(divisor, candidate.weight);
  return divisor;
}

/// Turns for one member of `weight`, so that `total` stays within the bound.
std::uint64_t turns_of(std::uint64_t weight, std::uint64_t total) {
  if (total <= kScheduleEntriesMax) return weight;
  return std::max<std::uint64_t>(1, (weight * kScheduleEntriesMax + total / 2) / total);
}

std::vector<Group> groups_of(std::span<const Candidate> candidates) {
  const std::uint32_t divisor = common_divisor(candidates);
  std::uint64_t total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight / divisor;
  std::map<std::uint64_t, Group, std::greater<>> by_turns;
  for (const Candidate& candidate : candidates) {
    const std::uint64_t turns = turns_of(candidate.weight / divisor, total);
    Group& group = by_turns[turns];
    group.members.push_back(candidate.member);
    group.turns += turns;
  }
  std::vector<Group> groups;
  for (auto& [turns, group] : by_turns) groups.push_back(std::move(group));
  return groups;
}

}  // namespace

std::vector<std::uint32_t> schedule_of(std::span<const Candidate> candidates) {
  std::vector<std::uint32_t> schedule;
  if (candidates.empty()) return schedule;
  std::vector<Group> groups = groups_of(candidates);
  std::size_t entries = 0;
  std::priority_queue<std::size_t, std::vector<std::size_t>, LaterTurn> upcoming(LaterTurn{groups});
  for (std::size_t i = 0; i < groups.size(); ++i) {
    entries += groups[i].turns;
    upcoming.push(i);
  }
  schedule.reserve(entries);
  while (!upcoming.empty()) {
    const std::size_t index = upcoming.top();
    upcoming.pop();
    Group& group = groups[index];
    schedule.push_back(group.members[group.taken % group.members.size()]);
    if (++group.taken < group.turns) upcoming.push(index);
  }
  return schedule;
}

}  // namespace headgate::proxy::balance::choose
