#include "health/table.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <variant>

#include "health/entry.h"

namespace headgate::health {
namespace {

/// Checks that run at once, over all pools, besides those of backends that have left; each costs a descriptor and,
/// while it is answered, 16 KiB.
constexpr std::uint32_t kChecksAtOnceMax = 256;
/// Up to so many new backends of a pool are first checked all at once; of more, the first checks are spread.
constexpr std::size_t kFirstChecksAtOnceMax = 32;
constexpr base::Duration kFirstChecksSpreadMax = std::chrono::seconds(1);

bool asks_the_same(const config::Health& a, const config::Health& b) {
  if (a.check.index() != b.check.index() || a.protocol != b.protocol) return false;
  const auto* grpc_a = std::get_if<config::GrpcCheck>(&a.check);
  if (grpc_a != nullptr) return *grpc_a == std::get<config::GrpcCheck>(b.check);
  const auto* http_a = std::get_if<config::HttpCheck>(&a.check);
  if (http_a == nullptr) return true;
  const auto& http_b = std::get<config::HttpCheck>(b.check);
  const auto same_range = [](const config::StatusRange& x, const config::StatusRange& y) {
    return x.first == y.first && x.last == y.last;
  };
  return std::tie(http_a->path, http_a->host, http_a->body) == std::tie(http_b.path, http_b.host, http_b.body) &&
         std::equal(http_a->status.begin(), http_a->status.end(), http_b.status.begin(), http_b.status.end(),
                    same_range);
}

}  // namespace

struct Table::Pool {
  PoolRules rules;
  std::vector<std::shared_ptr<Entry>> entries;                        // in the order of the last set_pool
  std::map<std::string, std::string, std::less<>> configured_drains;  // by id: why
  std::map<std::string, KeptWish, std::less<>> wishes;                // by id; none that is the default

  /// Takes over who is a member still; returns who has come anew.
  std::vector<std::shared_ptr<Entry>> replace_entries(Surroundings& around, const std::vector<Member>& members) {
    std::map<std::pair<std::string_view, base::Endpoint>, std::shared_ptr<Entry>> before;
    for (const std::shared_ptr<Entry>& entry : entries) {
      before.emplace(std::pair<std::string_view, base::Endpoint>(entry->member().id, entry->member().address), entry);
    }
    entries.clear();
    std::vector<std::shared_ptr<Entry>> fresh;
    for (const Member& member : members) {
      const auto known = before.find({member.id, member.address});
      if (known != before.end()) {
        entries.push_back(known->second);
        entries.back()->set_server(member.server);
        before.erase(known);
      } else {
        entries.push_back(fresh.emplace_back(std::make_shared<Entry>(around, rules, member)));
      }
    }
    rules.backends = static_cast<std::uint32_t>(entries.size());
    return fresh;
  }

  /// Brings a new entry to what is wished of its id.
  void apply_wishes(Entry& fresh) const {
    const auto drain = configured_drains.find(fresh.member().id);
    if (drain != configured_drains.end()) fresh.set_configured_drain(true, drain->second);
    const auto wish = wishes.find(fresh.member().id);
    if (wish != wishes.end()) fresh.set_wish(wish->second);
  }

  /// After backends have gone, or the cap was lowered.
  void keep_within_cap() {
    const std::uint32_t allowed =
        rules.settings.outlier ? checks::ejections_allowed(rules.backends, rules.settings.outlier->max_ejected_percent)
                               : 0;
    for (const std::shared_ptr<Entry>& entry : entries) {
      if (rules.ejected <= allowed) return;
      if (entry->is_ejected()) entry->end_ejection();
    }
  }
};

struct Table::Core {
  Core(net::Loop& loop, base::Log& log, Changed changed_callback)
      : around{loop, log, Turnstile(loop, kChecksAtOnceMax), base::Random(base::entropy_seed())},
        changed(std::move(changed_callback)),
        announcing([](void* self) { static_cast<Core*>(self)->announce(); }, this) {}

  /// On a turn of its own, so that the callback finds no work half done and may change the table.
  void announce() {
    std::vector<std::string> names;
    for (auto& [name, pool] : pools) {
      if (std::exchange(pool->rules.changed, false)) names.push_back(name);
    }
    for (const std::string& name : names) changed(name);
  }

  /// Gives a new backend what an earlier process knew of it.
  void hand_over(Entry& fresh) {
    const auto known = inherited.find({fresh.pool_name(), fresh.member().id, fresh.member().address});
    if (known != inherited.end()) fresh.inherit(known->second);
  }
  void hand_over(const std::string& name, Pool& fresh) {
    const auto [first, end] = inherited_wishes.equal_range(name);
    for (auto found = first; found != end; ++found) {
      const InheritedWish& each = found->second;
      KeptWish& kept = fresh.wishes[each.id];
      kept.wish.inherit(each.wish.mode, each.wish.percent, each.wish.target_percent, around.loop.now(), each.wish.left);
      kept.why = each.wish.why;
      kept.since = each.wish.since;
    }
  }

  Surroundings around;
  // Until forget_heritage(); found by what it is about, so that a pool of thousands begins as quickly as without.
  std::map<std::tuple<std::string, std::string, base::Endpoint>, InheritedBackend> inherited;
  std::multimap<std::string, InheritedWish> inherited_wishes;
  Changed changed;
  net::ReadyHook announcing;
  std::map<std::string, std::unique_ptr<Pool>, std::less<>> pools;  // last: entries use the rest
};

Table::Table(net::Loop& loop, base::Log& log, Changed changed)
    : core_(std::make_unique<Core>(loop, log, std::move(changed))) {}
Table::~Table() = default;

std::vector<std::shared_ptr<BackendHealth>> Table::set_pool(const std::string& name, const config::Health& settings,
                                                            const std::vector<Member>& members) {
  std::unique_ptr<Pool>& pool = core_->pools[name];
  bool other_check = false;
  if (!pool) {
    pool = std::make_unique<Pool>();
    pool->rules.name = name;
    core_->hand_over(name, *pool);
    pool->rules.on_changed = [core = core_.get()] { core->around.loop.wake_soon(core->announcing); };
  } else {
    other_check = !asks_the_same(pool->rules.settings, settings);
  }
  pool->rules.settings = settings;
  if (other_check) ++pool->rules.check_version;

  const std::vector<std::shared_ptr<Entry>> fresh = pool->replace_entries(core_->around, members);
  for (const std::shared_ptr<Entry>& entry : pool->entries) {
    if (entry->word()) entry->apply_settings(other_check);
  }
  const base::Duration spread =
      fresh.size() <= kFirstChecksAtOnceMax ? base::Duration(0) : std::min(settings.interval, kFirstChecksSpreadMax);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    core_->hand_over(*fresh[i]);
    fresh[i]->start(spread / static_cast<std::int64_t>(fresh.size()) * static_cast<std::int64_t>(i));
    pool->apply_wishes(*fresh[i]);
  }
  pool->keep_within_cap();

  std::vector<std::shared_ptr<BackendHealth>> words;
  words.reserve(pool->entries.size());
  for (const std::shared_ptr<Entry>& entry : pool->entries) words.push_back(entry->word());
  return words;
}

void Table::remove_pool(const std::string& pool) {
  core_->pools.erase(pool);
}

bool Table::set_configured_drain(std::string_view pool_name, std::string_view backend_id, bool draining,
                                 std::string_view why) {
  const auto pool = core_->pools.find(pool_name);
  if (pool == core_->pools.end()) return false;
  pool->second->configured_drains.erase(std::string(backend_id));
  if (draining) pool->second->configured_drains.emplace(backend_id, why);
  for (const std::shared_ptr<Entry>& entry : pool->second->entries) {
    if (entry->member().id == backend_id) entry->set_configured_drain(draining, why);
  }
  return true;
}

WishOutcome Table::wish(std::string_view pool_name, std::string_view backend_id, const Wish& wish) {
  const auto found = core_->pools.find(pool_name);
  if (found == core_->pools.end()) return WishOutcome::kNoSuchBackend;
  Pool& pool = *found->second;
  const auto is_it = [backend_id](const auto& entry) { return entry->member().id == backend_id; };
  const bool is_known = std::any_of(pool.entries.begin(), pool.entries.end(), is_it);
  const auto before = pool.wishes.find(backend_id);
  if (!is_known && before == pool.wishes.end()) return WishOutcome::kNoSuchBackend;

  const base::Time now = core_->around.loop.now();
  KeptWish kept = before == pool.wishes.end() ? KeptWish() : before->second;
  kept.wish.advance(now);
  kept.since = base::wall_now();
  switch (wish.kind) {
    case Wish::Kind::kEnable:
      kept.wish.enable(now, wish.over);
      kept.why = wish.why.empty() ? "enabled by an operator" : wish.why;
      break;
    case Wish::Kind::kDrain:
      kept.wish.drain(now, wish.over);
      kept.why = wish.why.empty() ? "drained by an operator" : wish.why;
      break;
    case Wish::Kind::kDisable:
      kept.wish.disable();
      kept.why = wish.why.empty() ? "disabled by an operator" : wish.why;
      break;
    case Wish::Kind::kWeight:
      if (kept.wish.mode() != checks::Mode::kEnabled) return WishOutcome::kNotEnabled;
      kept.wish.set_percent(wish.percent, now, wish.over);
      kept.why = wish.why.empty() ? "weight set by an operator" : wish.why;
      break;
  }
  for (const std::shared_ptr<Entry>& entry : pool.entries) {
    if (is_it(entry)) entry->set_wish(kept);
  }
  if (kept.wish.is_default()) {
    pool.wishes.erase(std::string(backend_id));
  } else {
    pool.wishes.insert_or_assign(std::string(backend_id), std::move(kept));
  }
  return WishOutcome::kTaken;
}

void Table::forget_wishes(std::string_view pool_name, const std::set<std::string, std::less<>>& known_ids) {
  const auto pool = core_->pools.find(pool_name);
  if (pool == core_->pools.end()) return;
  std::erase_if(pool->second->wishes, [&](const auto& wish) { return !known_ids.contains(wish.first); });
}

void Table::on_moved(Moved moved) {
  core_->around.moved = std::move(moved);
}

Heritage Table::heritage() const {
  Heritage out;
  const base::Time now = core_->around.loop.now();
  for (const auto& [name, pool] : core_->pools) {
    for (const std::shared_ptr<Entry>& entry : pool->entries) out.backends.push_back(entry->to_be_inherited());
    for (const auto& [id, kept] : pool->wishes) {
      KeptWish current = kept;
      current.wish.advance(now);
      if (current.wish.is_default()) continue;
      out.wishes.push_back({name, id, current.row(now)});
    }
  }
  return out;
}

void Table::inherit(Heritage heritage) {
  for (InheritedBackend& each : heritage.backends) {
    auto key = std::tuple(each.pool, each.id, each.address);
    core_->inherited.emplace(std::move(key), std::move(each));
  }
  for (InheritedWish& each : heritage.wishes) {
    std::string pool = each.pool;
    core_->inherited_wishes.emplace(std::move(pool), std::move(each));
  }
}

void Table::forget_heritage() {
  core_->inherited.clear();
  core_->inherited_wishes.clear();
  for (const auto& [name, pool] : core_->pools) {
    for (const std::shared_ptr<Entry>& entry : pool->entries) entry->settle_inherited();
  }
}

std::vector<Row> Table::rows() const {
  std::vector<Row> rows;
  for (const auto& [name, pool] : core_->pools) {
    for (const std::shared_ptr<Entry>& entry : pool->entries) rows.push_back(entry->row());
  }
  return rows;
}

}  // namespace headgate::health
