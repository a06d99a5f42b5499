#include <algorithm>
#include <utility>

#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"

// Choosing by hash: the table of the version says whom a key names, and who comes next while that one may not be taken.
namespace headgate::proxy::balance {

template <class Take>
WorkerBackend* WorkerPool::pick_key(const choose::ByHash& by_hash, const Backend* avoid, std::uint64_t hash,
                                    Take take) {
  const std::uint64_t in_flight = by_hash.max_load_percent == 0 ? 0 : requests_under_way() + 1;
  const choose::HashTable* const table = by_hash.table_of(hash);
  for (std::uint32_t probe = 0; probe < choose::ByHash::kProbesMax && table != nullptr; ++probe) {
    WorkerBackend& member = *members_[table->at(hash, probe)];
    if (member.backend.get() == avoid || !takes_key(member, hash)) continue;
    if (by_hash.max_load_percent != 0) {
      const std::uint32_t load = member.backend->requests_in_flight.load(std::memory_order_relaxed);
      if (load >= by_hash.bound_of(member.weight, in_flight)) continue;
    }
    if (take(member)) return &member;
  }
  return pick_any_from(hash, avoid, take);
}

WorkerBackend* WorkerPool::pick_by_hash(const choose::ByHash& by_hash, const Wish& wish) {
  const std::uint64_t hash = wish.key ? *wish.key : random_.next();
  WorkerBackend* const member = pick_key(by_hash, wish.avoid, hash, take_slot);
  if (member == nullptr || wish.avoid != nullptr) return member;
  if (!wish.key) {
    counters_->hash_keyless.add();
  } else if (by_hash.table_of(hash)->at(hash, 0) == member->index) {
    counters_->hash_named.add();
  } else {
    counters_->hash_next.add();
  }
  return member;
}

void WorkerPool::rebuild_by_hash() {
  choose::ByHash& by_hash = chooser_.emplace<choose::ByHash>();
  by_hash.max_load_percent = version_->settings.hash.max_load_percent;
  for (const choose::Candidate& candidate : eligible_.candidates) by_hash.weight_in_all += candidate.weight;
  std::uint32_t until = 0;
  for (const choose::Level& level : eligible_.levels) {
    if (level.share == 0) continue;
    until += level.share;
    const auto found = std::ranges::find_if(version_->tables, [&](const PoolVersion::LevelTable& each) {
      return each.backup == eligible_.use_backups && each.priority == level.priority &&
             each.elsewhere == level.elsewhere;
    });
    if (found != version_->tables.end()) by_hash.parts.push_back({until, found->table});
  }
}

/// Of a member that for now takes a part of its weight, that part of its keys, always the same ones; of another member
/// others, so that what one leaves the next one takes.
bool WorkerPool::takes_key(const WorkerBackend& member, std::uint64_t hash) {
  constexpr std::uint32_t kWhole = 100;
  return member.part_percent >= kWhole || choose::mixed(~hash ^ member.identity) % kWhole < member.part_percent;
}

/// Over all workers.
std::uint64_t WorkerPool::requests_under_way() const {
  std::int64_t sum = 0;
  const base::PerWorker<PoolCounters>& all = std::as_const(*pool_).counters();
  for (std::size_t worker = 0; worker < all.size(); ++worker) sum += all.of(worker).in_flight.value();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(sum, 0));
}

/// With a key: whom it would be given, and who was looked at before. Without: shares by weight among those with room.
const WorkerBackend* WorkerPool::foresee_key(const choose::ByHash& by_hash, const Wish& wish, Forecast& forecast) {
  if (!wish.key) {
    double sum = 0;
    for (const Forecast::Member& row : forecast.members) sum += row.is_full ? 0 : row.weight;
    for (Forecast::Member& row : forecast.members) {
      if (sum > 0 && !row.is_full) row.chance = row.weight / sum;
    }
    return nullptr;
  }
  const WorkerBackend* const next = pick_key(by_hash, wish.avoid, *wish.key, has_room);
  const std::uint64_t in_flight = requests_under_way() + 1;
  const choose::HashTable* const table = by_hash.table_of(*wish.key);
  std::uint32_t looked_at = 0;
  for (std::uint32_t probe = 0; probe < choose::ByHash::kProbesMax && table != nullptr; ++probe) {
    const WorkerBackend& member = *members_[table->at(*wish.key, probe)];
    Forecast::Member& row = forecast.members[member.index];
    if (row.key_order == choose::kNoMember) row.key_order = looked_at++;
    row.takes_key = takes_key(member, *wish.key);
    row.key_percent = member.part_percent;
    if (by_hash.max_load_percent != 0 && member.weight != 0) row.bound = by_hash.bound_of(member.weight, in_flight);
    if (&member == next) break;
  }
  return next;
}

}  // namespace headgate::proxy::balance
