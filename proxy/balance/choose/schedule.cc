#include "proxy/balance/choose/schedule.h"

#include <algorithm>
#include <functional>
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

/// A group's next turn; the heap has the earliest on top, and of those at one place the group that comes first.
struct Turn {
  double position;
  std::size_t group;
  bool operator>(const Turn& other) const {
    return position != other.position ? position > other.position : group > other.group;
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
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> upcoming;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    entries += groups[i].turns;
    upcoming.push({groups[i].next_position(), i});
  }
  schedule.reserve(entries);
  while (!upcoming.empty()) {
    const std::size_t index = upcoming.top().group;
    upcoming.pop();
    Group& group = groups[index];
    schedule.push_back(group.members[group.taken % group.members.size()]);
    if (++group.taken < group.turns) upcoming.push({group.next_position(), index});
  }
  return schedule;
}

}  // namespace headgate::proxy::balance::choose
