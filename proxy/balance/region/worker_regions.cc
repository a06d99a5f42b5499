#include <algorithm>
#include <map>

#include "proxy/balance/region/regional_choice.h"
#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

// Choosing for clients of a region that the instance need not share: its levels first, then by `balance` within one.
namespace headgate::proxy::balance::region {

std::size_t RegionalChoice::View::part_of(std::uint64_t hash) const {
  if (parts.size() == 1) return 0;
  constexpr std::uint64_t kOtherBits = 0x9e3779b97f4a7c15;  // not those by which a table places the key
  const std::uint64_t draw = choose::mixed(hash ^ kOtherBits) % parts.back().until;
  std::size_t part = 0;
  while (draw >= parts[part].until) ++part;
  return part;
}

}  // namespace headgate::proxy::balance::region

namespace headgate::proxy::balance {

using region::RegionalChoice;

void WorkerPool::rebuild_regions() {
  regional_.reset();
  if (version_->views.empty()) return;
  regional_ = std::make_unique<RegionalChoice>();
  regional_->weights.assign(members_.size(), 0);
  std::vector<choose::Standing> all = standings();
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;  // members of a group -> the group
  for (const PoolVersion::RegionView& wanted : version_->views) {
    for (std::size_t i = 0; i < all.size(); ++i) all[i].elsewhere = wanted.elsewhere[i];
    RegionalChoice::View& view = regional_->views.emplace_back();
    view.region = wanted.region;
    view.eligible = choose::eligible_of(all, version_->settings.health.panic_below_percent);
    std::uint32_t until = 0;
    for (const choose::Level& level : view.eligible.levels) {
      if (level.share == 0) continue;
      std::vector<std::uint32_t> members;
      for (const choose::Candidate& candidate : view.eligible.candidates) {
        if (view.eligible.level_of(all[candidate.member]) == &level) members.push_back(candidate.member);
      }
      if (members.empty()) continue;
      const auto [at, is_new] = known.try_emplace(members, static_cast<std::uint32_t>(regional_->groups.size()));
      if (is_new) add_group(members, all);
      view.parts.push_back({until += level.share, at->second});
    }
  }
}

void WorkerPool::add_group(const std::vector<std::uint32_t>& members, const std::vector<choose::Standing>& all) {
  RegionalChoice::Group& group = regional_->groups.emplace_back();
  group.has.assign(members_.size(), false);
  for (const std::uint32_t member : members) {
    const std::uint32_t weight = all[member].weight * std::min(all[member].weight_percent, 100u);
    regional_->weights[member] = weight;
    group.has[member] = true;
    members_[member]->part_percent = all[member].weight_percent;
    group.candidates.push_back({member, weight});
  }
  switch (version_->settings.balance) {
    case config::Balance::kRoundRobin:
      group.chooser
          .emplace<choose::RoundRobin>(static_cast<double>(worker_) / static_cast<double>(pool_->counters().size()))
          .rebuild(group.candidates);
      return;
    case config::Balance::kLeastRequests: {
      std::vector<std::uint32_t> under_way;
      for (const std::unique_ptr<WorkerBackend>& member : members_) under_way.push_back(requests_in_flight(*member));
      group.chooser.emplace<choose::LeastRequests>().rebuild(group.candidates, under_way);
      return;
    }
    case config::Balance::kRandomTwo:
    case config::Balance::kPeakEwma:
      group.chooser.emplace<choose::RandomTwo>().rebuild(group.candidates);
      return;
    case config::Balance::kHash: {
      choose::ByHash& by_hash = group.chooser.emplace<choose::ByHash>();
      by_hash.max_load_percent = version_->settings.hash.max_load_percent;
      for (const choose::Candidate& candidate : group.candidates) by_hash.weight_in_all += candidate.weight;
      const PoolVersion::Member& first = version_->members[members.front()];
      const auto table = std::ranges::find_if(version_->tables, [&](const PoolVersion::LevelTable& each) {
        return each.backup == first.backup && each.priority == first.priority &&
               each.elsewhere == PoolVersion::kAnywhere;
      });
      if (table != version_->tables.end()) by_hash.parts.push_back({choose::kWholeShare, table->table});
      return;
    }
  }
}

/// The member of a group whose turn it is and that has room, never `avoid`; null: none has.
WorkerBackend* WorkerPool::pick_in_group(RegionalChoice::Group& group, const Wish& wish, std::uint64_t hash) {
  const auto may_take = [&](std::uint32_t member) {
    return members_[member]->backend.get() != wish.avoid && take_slot(*members_[member]);
  };
  const auto weight_of = [this](const WorkerBackend& member) { return regional_->weights[member.index]; };
  if (auto* turns = std::get_if<choose::RoundRobin>(&group.chooser)) {
    for (std::uint32_t probe = 0; probe < kProbesMax; ++probe) {
      const std::uint32_t member = wish.avoid == nullptr ? turns->next() : turns->draw(random_);
      if (may_take(member)) return members_[member].get();
    }
  } else if (auto* least = std::get_if<choose::LeastRequests>(&group.chooser)) {
    // Of requests that ended since, and of those of other workers, nobody told this group.
    for (const choose::Candidate& each :
         std::span(group.candidates).first(std::min<std::size_t>(group.candidates.size(), kProbesMax))) {
      least->put_right(each.member, requests_in_flight(*members_[each.member]));
    }
    std::uint32_t next = least->first();
    for (std::uint32_t probe = 0; probe < kProbesMax && next != choose::kNoMember; ++probe) {
      if (may_take(next)) {
        least->set_under_way(next, requests_in_flight(*members_[next]));
        return members_[next].get();
      }
      next = least->after(next);
    }
  } else if (auto* two = std::get_if<choose::RandomTwo>(&group.chooser)) {
    const base::Time now = loop_.now();
    for (std::uint32_t probe = 0; probe < kProbesMax; probe += 2) {
      const choose::RandomTwo::Pair pair = two->draw(random_);
      const WorkerBackend& a = *members_[pair.first];
      const WorkerBackend& b = *members_[pair.second];
      const auto cost = [&](const WorkerBackend& of) {
        return choose::cost_of(of.backend->latency.latency(now), requests_in_flight(of), weight_of(of));
      };
      const bool b_first = chooses_by_latency_ ? cost(b) < cost(a)
                                               : choose::is_less_loaded(requests_in_flight(b), weight_of(b),
                                                                        requests_in_flight(a), weight_of(a));
      if (may_take(b_first ? pair.second : pair.first)) return members_[b_first ? pair.second : pair.first].get();
      if (may_take(b_first ? pair.first : pair.second)) return members_[b_first ? pair.first : pair.second].get();
    }
  } else {
    const choose::ByHash& by_hash = *std::get_if<choose::ByHash>(&group.chooser);
    const std::uint64_t in_flight = by_hash.max_load_percent == 0 ? 0 : requests_under_way() + 1;
    const choose::HashTable* const table = by_hash.table_of(hash);
    for (std::uint32_t probe = 0; probe < choose::ByHash::kProbesMax && table != nullptr; ++probe) {
      const std::uint32_t at = table->at(hash, probe);
      const WorkerBackend& member = *members_[at];
      if (!group.has[at] || !takes_key(member, hash)) continue;
      const std::uint32_t load = member.backend->requests_in_flight.load(std::memory_order_relaxed);
      if (load >= by_hash.bound_of(weight_of(member), in_flight) || !may_take(at)) continue;
      return members_[at].get();
    }
  }
  const std::uint64_t first = ++scan_from_;
  for (std::size_t i = 0; i < group.candidates.size(); ++i) {
    const std::uint32_t member = group.candidates[(first + i) % group.candidates.size()].member;
    if (may_take(member)) return members_[member].get();
  }
  return nullptr;
}

WorkerBackend* WorkerPool::pick_by_region(const RegionalChoice::View& view, const Wish& wish) {
  if (view.parts.empty()) return nullptr;
  const std::uint64_t hash = wish.key ? *wish.key : random_.next();
  const std::size_t drawn = view.part_of(hash);
  for (std::size_t i = 0; i < view.parts.size(); ++i) {
    RegionalChoice::Group& group = regional_->groups[view.parts[(drawn + i) % view.parts.size()].group];
    if (WorkerBackend* const member = pick_in_group(group, wish, hash)) return member;
  }
  const auto is_avoided = [&](const choose::Candidate& each) {
    return members_[each.member]->backend.get() == wish.avoid;
  };
  const auto avoided = std::ranges::find_if(view.eligible.candidates, is_avoided);
  if (avoided == view.eligible.candidates.end()) return nullptr;
  for (const std::uint32_t reserve : view.eligible.reserve) {
    if (take_slot(*members_[reserve])) return members_[reserve].get();
  }
  WorkerBackend& again = *members_[avoided->member];
  return take_slot(again) ? &again : nullptr;
}

}  // namespace headgate::proxy::balance
