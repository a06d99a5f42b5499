#include "proxy/pool_keeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include "net/waiting.h"
#include "proxy/balance/backend_tls.h"
#include "proxy/balance/hash/tables.h"
#include "proxy/balance/identity.h"

namespace headgate::proxy {

/// A host name that backends are found by, and what DNS last said of it.
struct PoolKeeper::Name {
  Name(net::Loop& loop, net::Resolver& the_resolver) : resolver(the_resolver), answered(loop) {}
  net::Resolver& resolver;
  std::string host;
  base::Duration every{};
  Addresses addresses;
  bool has_answer = false;
  bool failing = false;
  net::Gate answered;
  net::Task<void> following;
};

/// The names that are followed, and who is asked for them.
struct PoolKeeper::Names {
  std::vector<base::Endpoint> servers;
  std::unique_ptr<net::Resolver> resolver;
  std::map<std::string, std::unique_ptr<Name>> by_host;
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

PoolKeeper::Name& PoolKeeper::name_of(Names& names, const config::BackendName& wanted) {
  std::unique_ptr<Name>& name = names.by_host[wanted.host];
  if (name) return *name;
  name = std::make_unique<Name>(loop_, *names.resolver);
  name->host = wanted.host;
  name->every = wanted.every;
  if (names_ && &names != names_.get()) {
    // What the servers before said stays in use until the new ones have answered.
    const auto known = names_->by_host.find(wanted.host);
    if (known != names_->by_host.end()) {
      name->addresses = known->second->addresses;
      name->has_answer = known->second->has_answer;
    }
  }
  name->following = follow(*name);
  name->following.start();
  return *name;
}

net::Task<bool> PoolKeeper::ask(Name& name) {
  base::Result<Addresses> answer = co_await name.resolver.resolve(name.host);
  if (!answer) {
    // What was known stays in use: a name server that is down takes no backend away.
    if (!name.failing) log_.warn("{}; {} known addresses stay", answer.error().message, name.addresses.size());
    name.failing = true;
    co_return false;
  }
  if (name.failing) log_.info("resolve {}: answered again", name.host);
  name.failing = false;
  name.has_answer = true;
  if (*answer == name.addresses) co_return false;
  name.addresses = std::move(*answer);
  co_return true;
}

net::Task<void> PoolKeeper::follow(Name& name) {
  while (true) {
    const bool changed = co_await ask(name);
    name.answered.open();
    const bool in_force = names_ && &name.resolver == names_->resolver.get();
    if (changed) log_.info("resolve {}: {} addresses", name.host, name.addresses.size());
    if (changed && in_force) publish_users_of(name);
    co_await net::sleep_until(loop_, loop_.now() + name.every);
  }
}

void PoolKeeper::publish_users_of(const Name& name) {
  for (auto& [pool_name, kept] : pools_) {
    const std::vector<config::Backend>& backends = kept->settings->backends;
    const bool uses_it = std::any_of(backends.begin(), backends.end(), [&](const config::Backend& backend) {
      const auto* by_name = std::get_if<config::BackendName>(&backend.where);
      return by_name != nullptr && by_name->host == name.host;
    });
    if (uses_it) publish(*kept);
  }
}

net::Task<base::Result<void>> PoolKeeper::resolve_new_names(std::shared_ptr<const config::Config> config) {
  const bool has_other_servers = !names_ || names_->servers != config->resolvers;
  if (has_other_servers) {
    base::Result<std::unique_ptr<net::Resolver>> opened = net::Resolver::open(loop_, config->resolvers);
    if (!opened) co_return opened.error();
    next_names_ = std::make_unique<Names>();
    next_names_->servers = config->resolvers;
    next_names_->resolver = std::move(*opened);
  }
  Names& names = has_other_servers ? *next_names_ : *names_;
  std::vector<Name*> waiting;
  for (const config::Pool& pool : config->pools) {
    for (const config::Backend& backend : pool.backends) {
      const auto* by_name = std::get_if<config::BackendName>(&backend.where);
      if (by_name == nullptr) continue;
      Name& name = name_of(names, *by_name);
      if (!name.has_answer) waiting.push_back(&name);
    }
  }
  const base::Time deadline = loop_.now() + kFirstAnswerWait;
  for (Name* name : waiting) {
    if (name->has_answer || name->failing) continue;
    [[maybe_unused]] const bool answered = co_await name->answered.wait(deadline);
  }
  co_return base::Result<void>();
}

void PoolKeeper::apply(const Snapshot& snapshot) {
  if (next_names_) names_ = std::move(next_names_);
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
  std::erase_if(names_->by_host, [&](const auto& entry) { return !used.contains(entry.first); });
  for (const auto& [host, name] : names_->by_host) name->every = used.at(host);
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

void PoolKeeper::publish(KeptPool& kept) {
  struct Wanted {
    std::string id;
    base::Endpoint address;
    const config::Backend* settings;
  };
  std::vector<Wanted> wanted;
  for (const config::Backend& backend : kept.settings->backends) {
    if (const auto* fixed = std::get_if<config::BackendAddress>(&backend.where)) {
      wanted.push_back({backend.id, fixed->address, &backend});
      continue;
    }
    const auto& by_name = std::get<config::BackendName>(backend.where);
    const auto name = names_->by_host.find(by_name.host);
    if (name == names_->by_host.end()) continue;
    for (const base::IpAddress& address : name->second->addresses) {
      wanted.push_back({backend.id, base::Endpoint(address, by_name.port), &backend});
    }
  }
  std::vector<health::Table::Member> members;
  members.reserve(wanted.size());
  std::map<std::pair<std::string, base::Endpoint>, std::shared_ptr<net::tls::KnownServer>> servers;
  for (const Wanted& each : wanted) {
    std::shared_ptr<net::tls::KnownServer>& server = servers[{each.id, each.address}];
    if (kept.tls != nullptr) {
      const std::string name = balance::server_name_of(*kept.settings->tls, *each.settings, each.address);
      server = balance::known_server(kept.servers[{each.id, each.address}], kept.tls, name);
    }
    members.push_back({each.id, each.address, server});
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
    const std::pair<std::string, base::Endpoint> key{wanted[i].id, wanted[i].address};
    const auto known = kept.backends.find(key);
    std::shared_ptr<balance::Backend> backend =
        known != kept.backends.end()
            ? known->second
            : std::make_shared<balance::Backend>(wanted[i].id, wanted[i].address, words[i], workers_);
    version->members.push_back({backend, wanted[i].settings->weight, wanted[i].settings->max_requests,
                                wanted[i].settings->backup, members[i].server, wanted[i].settings->priority,
                                wanted[i].settings->elsewhere, wanted[i].settings->region,
                                balance::identity_of(kept.settings->name, *wanted[i].settings, wanted[i].address)});
    backends.emplace(key, std::move(backend));
  }
  kept.backends = std::move(backends);
  balance::hash::add_tables(*version, kept.pool->version().get());
  kept.pool->publish(std::move(version));
  changed_(*kept.pool);
}

}  // namespace headgate::proxy
