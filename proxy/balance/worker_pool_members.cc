#include <algorithm>
#include <map>
#include <unordered_map>

#include "proxy/balance/limit/hedging.h"
#include "proxy/balance/worker_backend.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/sticky/cookies.h"

// Which backends there are and which of them may be chosen: worked out when the pool's generation moves.
namespace headgate::proxy::balance {
namespace {

/// A pool of which nothing was published yet is one without backends.
std::shared_ptr<const PoolVersion> empty_version(const Pool& pool) {
  auto version = std::make_shared<PoolVersion>();
  version->settings.name = pool.name();
  return version;
}

}  // namespace

WorkerPool::WorkerPool(net::Loop& loop, std::shared_ptr<Pool> pool, std::size_t worker, std::uint64_t seed)
    : loop_(loop),
      pool_(std::move(pool)),
      worker_(worker),
      counters_(&pool_->counters(worker)),
      version_(empty_version(*pool_)),
      chooser_(choose::RoundRobin(static_cast<double>(worker) / static_cast<double>(pool_->counters().size()))),
      random_(seed) {
  if (pool_->generation() != 0) adopt_version();
}

WorkerPool::~WorkerPool() {
  const auto is_leased = [](const std::unique_ptr<WorkerBackend>& member) { return member->leases != 0; };
  if (!waiting_.empty() || !departed_.empty() || std::any_of(members_.begin(), members_.end(), is_leased)) {
    base::invariant_broken("a worker's pool ended before the requests that it serves");
  }
}

const config::Pool& WorkerPool::settings() {
  refresh();
  return version_->settings;
}

void WorkerPool::adopt_version() {
  // Before the version: what is published in between moves the generation on once more.
  generation_ = pool_->generation();
  std::shared_ptr<const PoolVersion> newest = pool_->version();
  const bool is_new = newest != nullptr && newest != version_;
  if (is_new) {
    replace_members(*newest);
    version_ = std::move(newest);
    follow_limits();
    follow_hedging();
    follow_sticky();
  }
  const std::vector<choose::Candidate> before = std::move(eligible_.candidates);
  find_candidates();
  if (is_new || eligible_.candidates != before) rebuild_chooser();
  if (is_new || !version_->views.empty()) rebuild_regions();
  serve_waiting();
}

/// Backends that stay keep their connections and counts.
void WorkerPool::replace_members(const PoolVersion& version) {
  std::unordered_multimap<const Backend*, std::unique_ptr<WorkerBackend>> before;
  for (std::unique_ptr<WorkerBackend>& member : members_) before.emplace(member->backend.get(), std::move(member));
  for (std::unique_ptr<WorkerBackend>& member : departed_) before.emplace(member->backend.get(), std::move(member));
  members_.clear();
  departed_.clear();
  for (const PoolVersion::Member& wanted : version.members) {
    const auto known = before.find(wanted.backend.get());
    std::unique_ptr<WorkerBackend> member;
    if (known != before.end()) {
      member = std::move(known->second);
      before.erase(known);
    } else {
      member = std::make_unique<WorkerBackend>(wanted.backend, worker_);
    }
    member->max_requests = wanted.max_requests;
    member->identity = wanted.identity;
    member->in_version = true;
    member->feedback = {version.settings.balance == config::Balance::kPeakEwma,
                        version.settings.health.load_feedback.by == config::LoadFeedback::By::kHeader,
                        version.settings.adaptive.has_value()};
    if (member->server != wanted.server) {
      // Connections that were made otherwise may be to somebody else.
      member->idle.close_all();
      member->shared.retire_all();
      member->server = wanted.server;
    }
    member->index = static_cast<std::uint32_t>(members_.size());
    members_.push_back(std::move(member));
  }
  for (auto& [backend, member] : before) retire(std::move(member));
}

void WorkerPool::follow_sticky() {
  std::vector<std::uint64_t> identities;
  for (const PoolVersion::Member& member : version_->members) identities.push_back(is_sticky() ? member.identity : 0);
  by_identity_.rebuild(identities);
  const auto* const wanted = std::get_if<config::StickyCookie>(&version_->settings.sticky);
  if (wanted == nullptr || version_->keys == nullptr) {
    cookies_.reset();
  } else if (cookies_ == nullptr || cookies_->settings() != *wanted) {
    cookies_ = std::make_unique<sticky::Cookies>(*wanted, pool_->name(), version_->keys);
  }
}

void WorkerPool::begin_session(std::uint64_t identity) {
  const std::uint32_t member = by_identity_.find(identity);
  if (member != choose::kNoMember) members_[member]->counters->sessions.add();
}

void WorkerPool::retire(std::unique_ptr<WorkerBackend> member) {
  member->idle.close_all();
  member->shared.retire_all();
  if (member->leases == 0) return;
  member->in_version = false;
  member->index = static_cast<std::uint32_t>(departed_.size());
  departed_.push_back(std::move(member));
}

/// A backend that left the version has ended its last request.
void WorkerPool::drop(WorkerBackend& member) {
  const std::uint32_t index = member.index;
  std::swap(departed_[index], departed_.back());
  departed_[index]->index = index;
  departed_.pop_back();
}

std::vector<choose::Standing> WorkerPool::standings() const {
  std::vector<choose::Standing> out;
  out.reserve(members_.size());
  for (const PoolVersion::Member& configured : version_->members) {
    const health::BackendHealth& health = configured.backend->health();
    out.push_back({configured.weight, configured.backup, health.state(), health.weight_percent(), configured.priority,
                   configured.elsewhere});
  }
  return out;
}

void WorkerPool::find_candidates() {
  for (const std::unique_ptr<WorkerBackend>& member : members_) {
    member->weight = 0;
    member->part_percent = 0;
    member->is_disabled = member->backend->health().state() == health::State::kDisabled;
    if (!member->is_disabled) continue;
    member->idle.close_all();
    member->shared.retire_all();
  }
  const std::vector<choose::Standing> all = standings();
  eligible_ = choose::eligible_of(all, version_->settings.health.panic_below_percent);
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->keeps_sessions = eligible_.keeps_sessions(all[i]);
  // What of its keys a member takes is relative to the most that one of its level has left of its weight: where all are
  // equally busy, nobody's keys move.
  std::map<const choose::Level*, std::uint32_t> most_percent;
  for (const choose::Candidate& candidate : eligible_.candidates) {
    std::uint32_t& most = most_percent[eligible_.level_of(all[candidate.member])];
    most = std::max(most, all[candidate.member].weight_percent);
  }
  for (const choose::Candidate& candidate : eligible_.candidates) {
    constexpr std::uint32_t kWhole = 100;
    const std::uint32_t most = most_percent[eligible_.level_of(all[candidate.member])];
    members_[candidate.member]->weight = candidate.weight;
    members_[candidate.member]->part_percent = all[candidate.member].weight_percent * kWhole / std::max(most, 1u);
  }
}

void WorkerPool::rebuild_chooser() {
  chooses_by_latency_ = version_->settings.balance == config::Balance::kPeakEwma;
  switch (version_->settings.balance) {
    case config::Balance::kRoundRobin: {
      if (!std::holds_alternative<choose::RoundRobin>(chooser_)) {
        const double fraction = static_cast<double>(worker_) / static_cast<double>(pool_->counters().size());
        chooser_.emplace<choose::RoundRobin>(fraction);
      }
      std::get_if<choose::RoundRobin>(&chooser_)->rebuild(eligible_.candidates);
      return;
    }
    case config::Balance::kLeastRequests: {
      std::vector<std::uint32_t> under_way;
      under_way.reserve(members_.size());
      for (const std::unique_ptr<WorkerBackend>& member : members_) under_way.push_back(requests_in_flight(*member));
      chooser_.emplace<choose::LeastRequests>().rebuild(eligible_.candidates, under_way);
      return;
    }
    case config::Balance::kRandomTwo:
    case config::Balance::kPeakEwma:
      chooser_.emplace<choose::RandomTwo>().rebuild(eligible_.candidates);
      return;
    case config::Balance::kHash:
      rebuild_by_hash();
      return;
  }
}

}  // namespace headgate::proxy::balance
