#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "proxy/balance/pool.h"
#include "proxy/cache/stage/store.h"
#include "proxy/dns/server/site.h"
#include "proxy/dns/zone/zones.h"
#include "proxy/geo/databases.h"
#include "proxy/http/site.h"
#include "proxy/identities.h"
#include "proxy/listener/listener_share.h"
#include "proxy/listener/tls_contexts.h"
#include "proxy/tcp/routing.h"

namespace headgate::net::tls {
class ClientContext;
}

namespace headgate::proxy {

/// A configuration compiled for the data path. Immutable; workers swap it whole.
struct Snapshot {
  struct Listener {
    std::shared_ptr<const config::Listener> settings;
    std::shared_ptr<listener::ListenerShare> share;
    listener::LoadedTls tls;
    std::shared_ptr<const tcp::Routing> routing;     ///< of protocol: tcp; null: another one
    std::shared_ptr<const dns::server::Site> dns{};  ///< of protocol: dns; null: another one
  };
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const http::Site> site;
  std::vector<geo::LoadedDatabase> databases;                ///< of site->atlas
  std::vector<dns::zone::LoadedZone> zones;                  ///< as Config::dns.zones
  std::vector<Listener> listeners;                           ///< as Config::listeners
  std::vector<std::shared_ptr<balance::Pool>> pools;         ///< as Config::pools; a PoolOrigin's slot counts in them
  std::vector<std::shared_ptr<cache::stage::Store>> caches;  ///< as Config::caches
  /// TLS to their backends, as Config::pools; null: none.
  std::vector<std::shared_ptr<const net::tls::ClientContext>> backend_tls;
};

/// The regions of its configuration; null: it has neither geoip nor regions.
std::shared_ptr<const geoip::Regions> regions_in_force(const Snapshot& snapshot);

/// Compiles without touching what runs: an error leaves everything as it was.
base::Result<std::shared_ptr<const Snapshot>> compile_snapshot(std::shared_ptr<const config::Config> config,
                                                               Identities& identities);

}  // namespace headgate::proxy
