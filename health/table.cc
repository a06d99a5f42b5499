#include "health/table.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <variant>

#include "health/entry.h"

namespace headgate::health {
namespace {

/// Checks that run at once, over all pools; each costs a descriptor and, while it is answered, 16 KiB.
constexpr std::uint32_t kChecksAtOnceMax = 256;
/// Up to so many new backends of a pool are first checked all at once; of more, the first checks are spread.
constexpr std::size_t kFirstChecksAtOnceMax = 32;
constexpr base::Duration kFirstChecksSpreadMax = std::chrono::seconds(1);

bool asks_the_same(const config::Health& a, const config::Health& b) {
  if (a.check.index() != b.check.index()) return false;
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
  std::vector<std::shared_ptr<Entry>> entries;  // in the order of the last set_pool

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
        before.erase(known);
      } else {
        entries.push_back(fresh.emplace_back(std::make_shared<Entry>(around, rules, member)));
      }
    }
    rules.backends = static_cast<std::uint32_t>(entries.size());
    return fresh;
  }

  /// The ids that are drained, and why: a new address of such an id is drained too.
  std::map<std::string, std::string> drained_ids() const {
    std::map<std::string, std::string> drained;
    for (const std::shared_ptr<Entry>& entry : entries) {
      if (entry->is_draining()) drained.emplace(entry->member().id, entry->why());
    }
    return drained;
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

  Surroundings around;
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
    pool->rules.on_changed = [core = core_.get()] { core->around.loop.wake_soon(core->announcing); };
  } else {
    other_check = !asks_the_same(pool->rules.settings, settings);
  }
  pool->rules.settings = settings;
  if (other_check) ++pool->rules.check_version;

  const std::map<std::string, std::string> drained = pool->drained_ids();
  const std::vector<std::shared_ptr<Entry>> fresh = pool->replace_entries(core_->around, members);
  for (const std::shared_ptr<Entry>& entry : pool->entries) {
    if (entry->word()) entry->apply_settings(other_check);
  }
  const base::Duration spread =
      fresh.size() <= kFirstChecksAtOnceMax ? base::Duration(0) : std::min(settings.interval, kFirstChecksSpreadMax);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    fresh[i]->start(spread / static_cast<std::int64_t>(fresh.size()) * static_cast<std::int64_t>(i));
    const auto drain = drained.find(fresh[i]->member().id);
    if (drain != drained.end()) fresh[i]->set_draining(true, drain->second);
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

bool Table::set_draining(std::string_view pool_name, std::string_view backend_id, bool draining, std::string_view why) {
  const auto pool = core_->pools.find(pool_name);
  if (pool == core_->pools.end()) return false;
  bool found = false;
  for (const std::shared_ptr<Entry>& entry : pool->second->entries) {
    if (entry->member().id != backend_id) continue;
    entry->set_draining(draining, why);
    found = true;
  }
  return found;
}

std::vector<Row> Table::rows() const {
  std::vector<Row> rows;
  for (const auto& [name, pool] : core_->pools) {
    for (const std::shared_ptr<Entry>& entry : pool->entries) rows.push_back(entry->row());
  }
  return rows;
}

}  // namespace headgate::health
