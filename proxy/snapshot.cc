#include "proxy/snapshot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "proxy/balance/backend_tls.h"
#include "proxy/listener/tls_contexts.h"
#include "proxy/origin/mirror/mirroring_origin.h"
#include "proxy/origin/pool_origin.h"
#include "proxy/origin/pools/shard_origin.h"
#include "proxy/origin/pools/split_origin.h"
#include "proxy/origin/pools/weighted_origin.h"
#include "proxy/origin/redirect_origin.h"
#include "proxy/origin/respond_origin.h"
#include "proxy/origin/static_origin.h"
#include "proxy/regions/claims.h"
#include "proxy/regions/homes.h"
#include "proxy/regions/region_keeper.h"
#include "proxy/regions/regions_share.h"

namespace headgate::proxy {
namespace {

using OriginResult = base::Result<std::shared_ptr<const origin::Origin>>;

/// Turns each kind of `config::Origin` into what answers.
struct OriginCompiler {
  const std::map<std::string, std::size_t>& slots;
  Identities& identities;
  const std::string& route;

  std::size_t slot_of(const std::string& pool) const {
    const auto slot = slots.find(pool);
    if (slot == slots.end()) base::invariant_broken("a route names a pool that the configuration did not check");
    return slot->second;
  }

  OriginResult operator()(const config::PoolOrigin& settings) const {
    return std::shared_ptr<const origin::Origin>(
        std::make_shared<origin::PoolOrigin>(settings.pool, slot_of(settings.pool)));
  }
  OriginResult operator()(const config::WeightedOrigin& settings) const {
    std::vector<origin::pools::WeightedOrigin::Share> shares;
    for (const config::WeightedOrigin::Share& share : settings.shares) {
      const std::size_t slot = slot_of(share.pool);
      shares.push_back({std::make_unique<origin::PoolOrigin>(share.pool, slot), share.pool, slot, share.weight});
    }
    return std::shared_ptr<const origin::Origin>(std::make_shared<origin::pools::WeightedOrigin>(std::move(shares)));
  }
  OriginResult operator()(const config::SplitOrigin& settings) const {
    const bool has_pins = settings.pin_after_write > base::Duration::zero();
    return std::shared_ptr<const origin::Origin>(std::make_shared<origin::pools::SplitOrigin>(
        origin::pools::SplitOrigin::End{settings.read, slot_of(settings.read)},
        origin::pools::SplitOrigin::End{settings.write, slot_of(settings.write)}, settings.pin_after_write,
        has_pins ? identities.pins(route) : nullptr));
  }
  OriginResult operator()(const config::ShardOrigin& settings) const {
    std::vector<std::size_t> places;
    for (const std::string& pool : settings.pools) places.push_back(slot_of(pool));
    return std::shared_ptr<const origin::Origin>(std::make_shared<origin::pools::ShardOrigin>(settings, places));
  }
  OriginResult operator()(const config::StaticOrigin& settings) const {
    auto opened = origin::StaticOrigin::open(settings);
    if (!opened) return opened.error();
    return std::shared_ptr<const origin::Origin>(*opened);
  }
  OriginResult operator()(const config::RedirectOrigin& settings) const {
    auto compiled = origin::RedirectOrigin::compile(settings);
    if (!compiled) return compiled.error();
    return std::shared_ptr<const origin::Origin>(*compiled);
  }
  OriginResult operator()(const config::RespondOrigin& settings) const {
    return std::shared_ptr<const origin::Origin>(std::make_shared<origin::RespondOrigin>(settings));
  }
};

base::Error in_route(const config::Route& route, const base::Error& error) {
  return base::Error{error.kind, error.fault, "route " + route.name + ": " + error.message};
}

base::Error in_cache(const config::CacheStore& store, const base::Error& error) {
  return base::Error{error.kind, error.fault, "cache " + store.name + ": " + error.message};
}

using Stores = std::vector<std::shared_ptr<cache::stage::Store>>;

std::unique_ptr<const cache::stage::RouteCache> compile_cache(const config::Config& config, const config::Route& route,
                                                              const Stores& stores, Identities& identities) {
  auto out = std::make_unique<cache::stage::RouteCache>();
  for (std::size_t i = 0; i < stores.size(); ++i) {
    if (config.caches[i].name != route.cache->store) continue;
    out->store = stores[i];
    out->purge = config.caches[i].purge;
  }
  out->policy = cache::stage::policy_of(*route.cache);
  out->recipe = cache::stage::recipe_of(*route.cache);
  out->tags_from = route.cache->tags_from;
  out->counters = identities.cache_counters(route.name);
  return out;
}

/// As if all were well but for what the configuration drains, until somebody looks (regions::RegionKeeper).
std::shared_ptr<regions::RegionsShare> serving_of(const config::Config& config, const geoip::Regions& regions) {
  std::vector<regions::PoolMembers> pools(config.pools.size());
  for (std::size_t i = 0; i < pools.size(); ++i) {
    for (const config::Backend& backend : config.pools[i].backends) {
      regions::PoolMembers::Member& member = pools[i].members.emplace_back();
      member.region = regions.find(backend.region);
      const auto* fixed = std::get_if<config::BackendAddress>(&backend.where);
      if (fixed != nullptr && !fixed->address.is_unix()) member.address = fixed->address.address();
      member.standing.weight = backend.weight;
      member.standing.backup = backend.backup;
      member.standing.priority = backend.priority;
      if (backend.drain) member.standing.state = health::State::kDraining;
    }
  }
  std::vector<regions::Standing> standings;
  for (const regions::State state : regions::configured_states(config)) standings.push_back({.state = state});
  return std::make_shared<regions::RegionsShare>(std::make_shared<const regions::ServingMap>(
      regions::ServingMap::Source{regions, config.region, config.geo.regions, standings, pools}));
}

/// The pool whose regions decide where a route's clients are at home: its only one, or the first of several; their
/// number: it has none.
std::size_t home_pool_of(const config::Origin& origin, const std::map<std::string, std::size_t>& slots) {
  const std::string* name = nullptr;
  if (const auto* pool = std::get_if<config::PoolOrigin>(&origin)) name = &pool->pool;
  if (const auto* weighted = std::get_if<config::WeightedOrigin>(&origin)) name = &weighted->shares.front().pool;
  if (const auto* split = std::get_if<config::SplitOrigin>(&origin)) name = &split->read;
  if (const auto* shard = std::get_if<config::ShardOrigin>(&origin)) name = &shard->pools.front();
  return name == nullptr ? slots.size() : slots.at(*name);
}

void add_regions(const config::Config& config, const std::map<std::string, std::size_t>& slots, Identities& identities,
                 http::Site& site) {
  const geoip::Regions& regions = site.atlas->regions();
  site.serving = serving_of(config, regions);
  if (config.geo.pin || config.geo.region_override) {
    site.claims = std::make_shared<const regions::ClaimRules>(
        regions::ClaimRules{config.geo.pin, config.geo.region_override,
                            config.geo.pin ? identities.pin_keys(config) : nullptr, site.atlas->shared_regions()});
  }
  if (std::ranges::none_of(config.routes, &config::Route::sends_home)) return;
  site.homes = std::make_shared<const regions::Homes>(regions, config.geo.regions, config.region);
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    site.routes[i].sends_home = config.routes[i].sends_home;
    site.routes[i].home_pool = home_pool_of(config.routes[i].origin, slots);
  }
}

/// What dns listeners answer by, once the rest of the snapshot is there.
base::Result<void> compile_dns(Snapshot& snapshot, Identities& identities) {
  const config::Config& config = *snapshot.config;
  auto zones = identities.dns().zones().load(snapshot.config, base::wall_now());
  if (!zones) return zones.error();
  snapshot.zones = std::move(*zones);
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (config.listeners[i].protocol != config::Protocol::kDns) continue;
    dns::server::Identities::Parts parts{{}, snapshot.site->atlas, snapshot.site->serving};
    for (const dns::zone::LoadedZone& zone : snapshot.zones) {
      const std::vector<std::string>& own = config.listeners[i].zones;
      if (std::ranges::find(own, zone.settings->name) != own.end()) parts.zones.push_back(zone.zone);
    }
    auto site = identities.dns().site_of(snapshot.config, i, std::move(parts));
    if (!site) return site.error();
    snapshot.listeners[i].dns = std::move(*site);
  }
  return {};
}

base::Result<http::RouteEntry> compile_route(const config::Route& route,
                                             const std::map<std::string, std::size_t>& slots, Identities& identities) {
  const OriginCompiler compiler{slots, identities, route.name};
  OriginResult compiled = std::visit(compiler, route.origin);
  if (!compiled) return in_route(route, compiled.error());
  auto request = route::CompiledFieldRules::compile(route.request_fields, route::MessageSide::kRequest);
  if (!request) return in_route(route, request.error());
  auto response = route::CompiledFieldRules::compile(route.response_fields, route::MessageSide::kResponse);
  if (!response) return in_route(route, response.error());
  http::RouteEntry entry;
  entry.name = route.name;
  entry.origin = std::move(*compiled);
  if (route.mirror) {
    using origin::mirror::MirroringOrigin;
    entry.mirrored = identities.mirror_counters(route.name);
    const auto share = static_cast<std::uint32_t>(route.mirror->share_percent / 100 * MirroringOrigin::kAll);
    entry.origin = std::make_shared<MirroringOrigin>(std::move(entry.origin), route.mirror->pool,
                                                     compiler.slot_of(route.mirror->pool), share, entry.mirrored);
  }
  if (route.rate_limit) entry.limiter = identities.limiter(route.name, *route.rate_limit);
  entry.request_rules = std::move(*request);
  entry.response_rules = std::move(*response);
  if (route.compression) {
    entry.compression = std::make_unique<const http::RouteCompression>(compression::Rules::compile(*route.compression),
                                                                       identities.compression(route.name));
  }
  entry.timeouts = route.timeouts;
  entry.counters = identities.route(route.name);
  return entry;
}

}  // namespace

std::shared_ptr<const geoip::Regions> regions_in_force(const Snapshot& snapshot) {
  return snapshot.site->atlas == nullptr ? nullptr : snapshot.site->atlas->shared_regions();
}

base::Result<std::shared_ptr<const Snapshot>> compile_snapshot(std::shared_ptr<const config::Config> config,
                                                               Identities& identities) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->config = config;
  std::map<std::string, std::size_t> slots;
  for (const config::Pool& pool : config->pools) {
    slots.emplace(pool.name, snapshot->pools.size());
    snapshot->pools.push_back(identities.pool(pool.name));
    auto tls = balance::backend_tls_of(pool, balance::is_tcp_target(*config, pool.name));
    if (!tls) return tls.error();
    snapshot->backend_tls.push_back(std::move(*tls));
  }
  for (const config::CacheStore& settings : config->caches) {
    base::Result<std::shared_ptr<cache::stage::Store>> store = identities.cache_store(settings);
    if (!store) return in_cache(settings, store.error());
    snapshot->caches.push_back(std::move(*store));
  }
  for (const config::Listener& listener : config->listeners) {
    std::shared_ptr<const tcp::Routing> routing;
    if (listener.protocol == config::Protocol::kTcp) routing = std::make_shared<tcp::Routing>(listener.tcp);
    // Aliases into the whole, which they keep alive.
    std::shared_ptr<listener::ListenerShare> share = identities.listener(listener.name);
    base::Result<listener::LoadedTls> tls = listener::load_tls(listener, share);
    if (!tls) return tls.error();
    snapshot->listeners.push_back({std::shared_ptr<const config::Listener>(config, &listener), std::move(share),
                                   std::move(*tls), std::move(routing)});
  }
  base::Result<Identities::Geo> geo = identities.geo(*config);
  if (!geo) return geo.error();
  snapshot->databases = std::move(geo->databases);
  base::Result<route::Matcher> matcher = route::Matcher::compile(config->routes, config->listeners);
  if (!matcher) return matcher.error();
  std::vector<http::RouteEntry> entries;
  entries.reserve(config->routes.size());
  for (const config::Route& route : config->routes) {
    base::Result<http::RouteEntry> entry = compile_route(route, slots, identities);
    if (!entry) return entry.error();
    if (route.cache) entry->cache = compile_cache(*config, route, snapshot->caches, identities);
    entries.push_back(std::move(*entry));
  }
  auto site = std::make_shared<http::Site>(http::Site{std::move(*matcher), std::move(entries), std::move(geo->atlas)});
  if (site->atlas) add_regions(*config, slots, identities, *site);
  snapshot->site = std::move(site);
  const base::Result<void> answers = compile_dns(*snapshot, identities);
  if (!answers) return answers.error();
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace headgate::proxy
