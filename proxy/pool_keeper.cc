#include "proxy/pool_keeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include "net/waiting.h"
#include "proxy/balance/backend_tls.h"
#include "proxy/balance/hash/tables.h"
#include "proxy/balance/identity.h"
#include "proxy/balance/region/views.h"
#include "proxy/geo/compiled.h"

namespace headgate::proxy {

/// A member of a pool as it should be.
struct PoolKeeper::Wanted {
  const config::Backend* settings = nullptr;
  base::Endpoint address;
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  std::shared_ptr<const balance::PoolVersion::Discovered> discovered = nullptr;
};

struct PoolKeeper::KeptPool {
  std::shared_ptr<const config::Config> config;
  const config::Pool* settings = nullptr;
  std::shared_ptr<balance::Pool> pool;
  std::map<std::pair<std::string, base::Endpoint>, std::shared_ptr<balance::Backend>> backends;
  std::shared_ptr<const net::tls::ClientContext> tls;  // null: none
  std::map<std::pair<std::string, base::Endpoint>, std::shared_ptr<net::tls::KnownServer>> servers;
  std::set<std::string> drained;  // ids, by the configuration's wish
};

PoolKeeper::PoolKeeper(net::Loop& loop, base::Log& log, std::size_t workers,
                       std::shared_ptr<const sticky::Keyring> keys, const sticky::upkeep::SessionTables& tables,
                       Changed changed)
    : loop_(loop),
      log_(log),
      workers_(workers),
      keys_(std::move(keys)),
      tables_(tables),
      changed_(std::move(changed)),
      health_(std::make_unique<health::Table>(loop, log, [this](const std::string& pool) { on_health(pool); })) {}

PoolKeeper::~PoolKeeper() = default;

health::WishOutcome PoolKeeper::wish(std::string_view pool, std::string_view backend, const health::Wish& wish) {
  const health::WishOutcome outcome = health_->wish(pool, backend, wish);
  if (outcome == health::WishOutcome::kTaken) on_health(std::string(pool));  // now, and not with the table's next turn
  return outcome;
}

void PoolKeeper::on_health(const std::string& pool) {
  const auto found = pools_.find(pool);
  if (found == pools_.end()) return;
  found->second->pool->health_changed();
  changed_(*found->second->pool);
}

void PoolKeeper::publish_users_of(const discovery::Name& name) {
  for (auto& [pool_name, kept] : pools_) {
    const std::vector<config::Backend>& backends = kept->settings->backends;
    const bool uses_it = std::any_of(backends.begin(), backends.end(), [&](const config::Backend& backend) {
      const auto* by_name = std::get_if<config::BackendName>(&backend.where);
      return by_name != nullptr && by_name->host == name.name();
    });
    if (uses_it) publish(*kept);
  }
}

net::Task<base::Result<void>> PoolKeeper::resolve_new_names(std::shared_ptr<const config::Config> config) {
  const bool has_other_servers = !names_ || names_->servers() != config->resolvers;
  if (has_other_servers) {
    const auto changed = [this](const discovery::Names& names, const discovery::Name& name) {
      if (&names == names_.get()) publish_users_of(name);
    };
    base::Result<std::unique_ptr<discovery::Names>> opened =
        discovery::Names::open(loop_, log_, config->resolvers, changed);
    if (!opened) co_return opened.error();
    next_names_ = std::move(*opened);
  }
  discovery::Names& names = has_other_servers ? *next_names_ : *names_;
  std::vector<discovery::Name*> waiting;
  for (const config::Pool& pool : config->pools) {
    for (const config::Backend& backend : pool.backends) {
      const auto* by_name = std::get_if<config::BackendName>(&backend.where);
      if (by_name == nullptr) continue;
      discovery::Name& name = names.follow(*by_name, names_.get());
      if (!name.has_answer()) waiting.push_back(&name);
    }
  }
  const base::Time deadline = loop_.now() + kFirstAnswerWait;
  for (discovery::Name* name : waiting) {
    [[maybe_unused]] const bool answered = co_await name->wait_for_answer(deadline);
  }
  co_return base::Result<void>();
}

void PoolKeeper::set_region_states(std::vector<balance::region::State> region_states) {
  region_states_ = std::move(region_states);
  for (auto& [name, kept] : pools_) {
    const auto stands_somewhere = [](const config::Backend& backend) { return !backend.region.empty(); };
    if (std::ranges::any_of(kept->settings->backends, stands_somewhere)) publish(*kept);
  }
}

void PoolKeeper::apply(const Snapshot& snapshot, std::vector<balance::region::State> region_states) {
  if (next_names_) names_ = std::move(next_names_);
  regions_ = regions_in_force(snapshot);
  region_states_ = std::move(region_states);
  std::set<std::string> wanted;
  for (std::size_t i = 0; i < snapshot.pools.size(); ++i) {
    const config::Pool& settings = snapshot.config->pools[i];
    wanted.insert(settings.name);
    std::unique_ptr<KeptPool>& kept = pools_[settings.name];
    if (!kept) kept = std::make_unique<KeptPool>();
    kept->config = snapshot.config;
    kept->settings = &settings;
    kept->pool = snapshot.pools[i];
    kept->tls = snapshot.backend_tls[i];
    publish(*kept);
    std::set<std::string, std::less<>> ids;
    for (const config::Backend& backend : settings.backends) ids.insert(backend.id);
    health_->forget_wishes(settings.name, ids);
  }
  health_->forget_heritage();
  for (auto each = pools_.begin(); each != pools_.end();) {
    if (wanted.contains(each->first)) {
      ++each;
      continue;
    }
    health_->remove_pool(each->first);
    each = pools_.erase(each);
  }
  settle_names();
}

void PoolKeeper::give_up() {
  next_names_.reset();
  if (names_) settle_names();
}

/// Follows the names that pools use and no others, each as often as the most eager pool wants.
void PoolKeeper::settle_names() {
  std::map<std::string, base::Duration> used;
  for (const auto& [pool_name, kept] : pools_) {
    for (const config::Backend& backend : kept->settings->backends) {
      const auto* by_name = std::get_if<config::BackendName>(&backend.where);
      if (by_name == nullptr) continue;
      const auto [known, is_new] = used.emplace(by_name->host, by_name->every);
      if (!is_new) known->second = std::min(known->second, by_name->every);
    }
  }
  names_->keep_only(used);
}

std::vector<discovery::NameRow> PoolKeeper::names() const {
  return names_ ? names_->rows() : std::vector<discovery::NameRow>();
}

void PoolKeeper::drain_as_configured(KeptPool& kept) {
  std::set<std::string> wanted;
  for (const config::Backend& backend : kept.settings->backends) {
    if (backend.drain) wanted.insert(backend.id);
  }
  const std::string& pool = kept.settings->name;
  for (const std::string& id : kept.drained) {
    if (!wanted.contains(id))
      health_->set_configured_drain(pool, id, false, "drain was taken out of the configuration");
  }
  for (const std::string& id : wanted) {
    health_->set_configured_drain(pool, id, true, "drain: true in the configuration");
  }
  kept.drained = std::move(wanted);
}

std::vector<PoolKeeper::Wanted> PoolKeeper::wanted_of(const config::Pool& settings) const {
  std::vector<Wanted> out;
  for (const config::Backend& backend : settings.backends) {
    if (const auto* fixed = std::get_if<config::BackendAddress>(&backend.where)) {
      out.push_back({&backend, fixed->address, backend.weight, backend.priority});
      continue;
    }
    const auto& by_name = std::get<config::BackendName>(backend.where);
    const discovery::Name* const name = names_->find(by_name.host);
    if (name == nullptr) continue;
    for (const discovery::Found& found : name->found()) {
      Wanted& wanted = out.emplace_back();
      wanted.settings = &backend;
      wanted.address = base::Endpoint(found.address, by_name.is_service ? found.port : by_name.port);
      wanted.weight = by_name.is_service ? found.weight : backend.weight;
      wanted.priority = std::min(backend.priority + found.order, config::kPriorityMax);
      wanted.discovered = std::make_shared<const balance::PoolVersion::Discovered>(
          balance::PoolVersion::Discovered{by_name.host, found.target, found.record_priority, found.record_weight});
    }
  }
  return out;
}

void PoolKeeper::publish(KeptPool& kept) {
  const std::vector<Wanted> wanted = wanted_of(*kept.settings);
  std::vector<health::Table::Member> members;
  members.reserve(wanted.size());
  std::map<std::pair<std::string, base::Endpoint>, std::shared_ptr<net::tls::KnownServer>> servers;
  for (const Wanted& each : wanted) {
    std::shared_ptr<net::tls::KnownServer>& server = servers[{each.settings->id, each.address}];
    if (kept.tls != nullptr) {
      const std::string name = balance::server_name_of(*kept.settings->tls, *each.settings, each.address);
      server = balance::known_server(kept.servers[{each.settings->id, each.address}], kept.tls, name);
    }
    members.push_back({each.settings->id, each.address, server});
  }
  kept.servers = std::move(servers);
  const std::vector<std::shared_ptr<health::BackendHealth>> words =
      health_->set_pool(kept.settings->name, kept.settings->health, members);

  drain_as_configured(kept);
  auto version = std::make_shared<balance::PoolVersion>();
  version->settings = *kept.settings;
  version->keys = keys_;
  version->sessions = tables_.of(kept.settings->name);
  std::map<std::pair<std::string, base::Endpoint>, std::shared_ptr<balance::Backend>> backends;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const config::Backend& settings = *wanted[i].settings;
    const std::pair<std::string, base::Endpoint> key{settings.id, wanted[i].address};
    const auto known = kept.backends.find(key);
    std::shared_ptr<balance::Backend> backend =
        known != kept.backends.end()
            ? known->second
            : std::make_shared<balance::Backend>(settings.id, wanted[i].address, words[i], workers_);
    version->members.push_back({backend, wanted[i].weight, settings.max_requests, settings.backup, members[i].server,
                                wanted[i].priority, settings.elsewhere, settings.region,
                                balance::identity_of(kept.settings->name, settings, wanted[i].address),
                                wanted[i].discovered});
    backends.emplace(key, std::move(backend));
  }
  kept.backends = std::move(backends);
  const balance::region::Regions in_order{regions_.get(), kept.config->geo.regions.size(), region_states_};
  balance::region::add_views(*version, in_order, kept.config->region, geo::clients_have_regions(kept.config->geo));
  balance::hash::add_tables(*version, kept.pool->version().get());
  kept.pool->publish(std::move(version));
  changed_(*kept.pool);
}

}  // namespace headgate::proxy
