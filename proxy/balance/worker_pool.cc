#include "proxy/balance/worker_pool.h"

#include "proxy/balance/limit/hedging.h"
#include "proxy/balance/worker_backend.h"

namespace headgate::proxy::balance {

Lease WorkerPool::try_acquire(const Wish& wish) {
  refresh();
  if (waiting_for_any_ != 0 && home_of(wish) == nullptr) [[unlikely]]
    return Lease();  // first come, first served
  WorkerBackend* member = pick(wish);
  if (member == nullptr) [[unlikely]]
    return Lease();
  if (wish.avoid == nullptr) counters_->requests.add();
  return lease_of(*member);
}

/// `member`'s slot has been taken.
Lease WorkerPool::lease_of(WorkerBackend& member) {
  member.counters->requests.add();
  ++member.leases;
  counters_->in_flight.add(1);
  if (auto* least = std::get_if<choose::LeastRequests>(&chooser_)) {
    least->set_under_way(member.index, requests_in_flight(member));
  }
  return Lease(this, &member);
}

WorkerBackend* WorkerPool::home_of(const Wish& wish) const {
  if (wish.stay == 0) [[likely]]
    return nullptr;
  const std::uint32_t home = by_identity_.find(wish.stay);
  if (home == choose::kNoMember) return nullptr;
  WorkerBackend& member = *members_[home];
  return member.keeps_sessions && member.backend.get() != wish.avoid ? &member : nullptr;
}

WorkerBackend* WorkerPool::pick_member(const Wish& wish) {
  if (WorkerBackend* const home = home_of(wish)) return take_slot(*home) ? home : nullptr;
  if (eligible_.candidates.empty()) [[unlikely]]
    return nullptr;
  if (const region::RegionalChoice::View* const view = view_of(wish)) [[unlikely]]
    return pick_by_region(*view, wish);
  if (auto* turns = std::get_if<choose::RoundRobin>(&chooser_)) return pick_in_turn(*turns, wish.avoid, take_slot);
  if (auto* least = std::get_if<choose::LeastRequests>(&chooser_)) return pick_least(*least, wish.avoid, take_slot);
  if (auto* two = std::get_if<choose::RandomTwo>(&chooser_)) return pick_of_two(*two, wish.avoid);
  return pick_by_hash(*std::get_if<choose::ByHash>(&chooser_), wish);
}

/// A retry takes nobody's turn: with two backends, the one that fails would otherwise be the first choice of every
/// request, since each retry uses up the turn of the other.
template <class Take>
WorkerBackend* WorkerPool::pick_in_turn(choose::RoundRobin& turns, const Backend* avoid, Take take) {
  for (std::uint32_t probe = 0; probe < kProbesMax; ++probe) {
    WorkerBackend& member = *members_[avoid == nullptr ? turns.next() : turns.draw(random_)];
    if (member.backend.get() != avoid && take(member)) return &member;
  }
  return pick_any(avoid, take);
}

template <class Take>
WorkerBackend* WorkerPool::pick_least(choose::LeastRequests& least, const Backend* avoid, Take take) {
  for (int look = 0; look < choose::LeastRequests::kLooks; ++look) {
    const std::uint32_t member = least.next_to_look_at();
    least.put_right(member, requests_in_flight(*members_[member]));
  }
  std::uint32_t next = least.first();
  for (std::uint32_t probe = 0; probe < kProbesMax && next != choose::kNoMember; ++probe) {
    WorkerBackend& member = *members_[next];
    if (least.put_right(next, requests_in_flight(member))) {
      next = least.first();
      continue;
    }
    if (member.backend.get() != avoid && take(member)) return &member;
    next = least.after(next);
  }
  return pick_any(avoid, take);
}

bool WorkerPool::has_less_to_do(const WorkerBackend& one, const WorkerBackend& other) {
  return choose::is_less_loaded(requests_in_flight(one), one.weight, requests_in_flight(other), other.weight);
}

bool WorkerPool::costs_less(const WorkerBackend& one, const WorkerBackend& other) const {
  const base::Time now = loop_.now();
  const auto cost = [now](const WorkerBackend& of) {
    return choose::cost_of(of.backend->latency.latency(now), requests_in_flight(of), of.weight);
  };
  return cost(one) < cost(other);
}

WorkerBackend* WorkerPool::pick_of_two(choose::RandomTwo& two, const Backend* avoid) {
  for (std::uint32_t probe = 0; probe < kProbesMax; probe += 2) {
    const choose::RandomTwo::Pair pair = two.draw(random_);
    WorkerBackend* better = members_[pair.first].get();
    WorkerBackend* other = members_[pair.second].get();
    const bool is_worse = chooses_by_latency_ ? costs_less(*other, *better) : has_less_to_do(*other, *better);
    if (is_worse) {
      std::swap(better, other);
    }
    if (better->backend.get() != avoid && take_slot(*better)) return better;
    if (other->backend.get() != avoid && take_slot(*other)) return other;
  }
  return pick_any(avoid, take_slot);
}

/// Any candidate with room, each looked at once, beginning with that one of them; then, for who avoids one, whoever is
/// in reserve; `avoid` last.
template <class Take>
WorkerBackend* WorkerPool::pick_any_from(std::uint64_t first, const Backend* avoid, Take take) {
  const std::uint64_t count = eligible_.candidates.size();
  WorkerBackend* avoided = nullptr;
  for (std::uint64_t i = 0; i < count; ++i) {
    WorkerBackend& member = *members_[eligible_.candidates[(first % count + i) % count].member];
    if (member.backend.get() == avoid) {
      avoided = &member;
    } else if (take(member)) {
      return &member;
    }
  }
  if (avoided == nullptr) return nullptr;
  for (const std::uint32_t reserve : eligible_.reserve) {
    if (take(*members_[reserve])) return members_[reserve].get();
  }
  return take(*avoided) ? avoided : nullptr;
}
template WorkerBackend* WorkerPool::pick_any_from(std::uint64_t, const Backend*, bool (*)(WorkerBackend&));
template WorkerBackend* WorkerPool::pick_any_from(std::uint64_t, const Backend*, bool (*)(const WorkerBackend&));

/// The count never exceeds max_requests, not even for a moment: adding first and taking back what is too much could
/// make another worker, which looks meanwhile, queue a request that nobody would wake.
bool WorkerPool::take_slot(WorkerBackend& member) {
  std::atomic<std::uint32_t>& in_flight = member.backend->requests_in_flight;
  if (member.max_requests == 0) {
    in_flight.fetch_add(1, std::memory_order_seq_cst);
    return true;
  }
  std::uint32_t before = in_flight.load(std::memory_order_seq_cst);
  while (before < member.max_requests) {
    if (in_flight.compare_exchange_weak(before, before + 1, std::memory_order_seq_cst)) return true;
  }
  return false;
}

std::uint32_t WorkerPool::requests_in_flight(const WorkerBackend& member) {
  return member.backend->requests_in_flight.load(std::memory_order_relaxed);
}

bool WorkerPool::has_room(const WorkerBackend& member) {
  return member.max_requests == 0 ||
         member.backend->requests_in_flight.load(std::memory_order_seq_cst) < member.max_requests;
}

Forecast WorkerPool::forecast(const Wish& wish) {
  refresh();
  Forecast out{.worker = worker_,
               .version = version_,
               .members = {},
               .load = pool_->load(version_->settings, loop_.now()),
               .hedge_after = hedging_ == nullptr ? std::nullopt : hedging_->wait(loop_.now()),
               .panic = eligible_.panic != choose::Panic::kNo,
               .use_backups = eligible_.use_backups,
               .levels = eligible_.levels,
               .waiting_here = waiting_count_};
  const std::vector<choose::Standing> all = standings();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const WorkerBackend& member = *members_[i];
    Forecast::Member& row = out.members.emplace_back();
    row.standing = all[i];
    row.place = eligible_.place_of(all[i]);
    row.weight = member.weight;
    row.requests_here = member.leases;
    row.requests_in_flight = member.backend->requests_in_flight.load(std::memory_order_relaxed);
    row.is_full = !has_room(member);
    row.latency_ns = member.backend->latency.latency(loop_.now());
  }
  const region::RegionalChoice::View* const view = view_of(wish);
  if (view != nullptr) foresee_by_region(*view, wish, out);
  const bool is_full = out.load.is_full();
  const bool stays = foresee_stay(out, wish);
  for (std::size_t i = 0; i < out.members.size(); ++i) {
    if (is_full || (stays && i != out.home)) out.members[i].chance = 0;
  }
  if (view == nullptr && !stays && !is_full && !eligible_.candidates.empty()) foresee_choice(out, wish);
  return out;
}

/// Whether the session decides.
bool WorkerPool::foresee_stay(Forecast& forecast, const Wish& wish) const {
  if (wish.stay == 0) return false;
  forecast.home = by_identity_.find(wish.stay);
  if (forecast.home == choose::kNoMember) {
    forecast.stay = Forecast::Stay::kGone;
    return false;
  }
  if (home_of(wish) == nullptr) {
    forecast.stay = Forecast::Stay::kUnfit;
    return false;
  }
  Forecast::Member& row = forecast.members[forecast.home];
  forecast.stay = row.is_full ? Forecast::Stay::kHomeFull : Forecast::Stay::kHome;
  row.chance = row.is_full || forecast.load.is_full() ? 0 : 1;
  return true;
}

void WorkerPool::foresee_choice(Forecast& forecast, const Wish& wish) {
  if (const auto* two = std::get_if<choose::RandomTwo>(&chooser_)) {
    std::vector<choose::RandomTwo::Load> loads;
    for (const Forecast::Member& row : forecast.members) {
      loads.push_back({row.requests_in_flight, row.weight, row.is_full, chooses_by_latency_ ? row.latency_ns : 1});
    }
    const std::vector<double> chances = two->chances(loads);
    for (std::size_t i = 0; i < chances.size(); ++i) forecast.members[i].chance = chances[i];
    return;
  }
  const std::uint32_t scan_from = scan_from_;
  const WorkerBackend* next = nullptr;
  if (const auto* turns = std::get_if<choose::RoundRobin>(&chooser_)) {
    const std::vector<std::uint32_t> picks = turns->picks_until_turn(members_.size());
    for (std::size_t i = 0; i < picks.size(); ++i) forecast.members[i].picks_before = picks[i];
    choose::RoundRobin unmoved = *turns;
    next = pick_in_turn(unmoved, wish.avoid, has_room);
  } else if (auto* least = std::get_if<choose::LeastRequests>(&chooser_)) {
    next = pick_least(*least, wish.avoid, has_room);  // what it puts right stays so
  } else {
    next = foresee_key(std::get<choose::ByHash>(chooser_), wish, forecast);
  }
  scan_from_ = scan_from;
  if (next != nullptr) forecast.members[next->index].chance = 1;
}

void WorkerPool::give_back(WorkerBackend& member) {
  --member.leases;
  counters_->in_flight.add(-1);
  member.backend->requests_in_flight.fetch_sub(1, std::memory_order_seq_cst);
  if (limits_requests_) [[unlikely]]
    pool_->requests_under_way().give_back();
  WorkerBackend* freed = &member;
  if (!member.in_version) [[unlikely]] {
    if (member.leases == 0) drop(member);
    freed = nullptr;
  } else if (auto* least = std::get_if<choose::LeastRequests>(&chooser_)) {
    least->set_under_way(member.index, requests_in_flight(member));
  }
  if (pool_->waiting() != 0) [[unlikely]]
    pass_on_slot(freed);
}

}  // namespace headgate::proxy::balance
