#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/balance/pool.h"
#include "proxy/cache/stage/counters.h"
#include "proxy/cache/stage/store.h"
#include "proxy/compression/counters.h"
#include "proxy/dns/server/identities.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/geo/databases.h"
#include "proxy/http/counters.h"
#include "proxy/listener/listener_share.h"
#include "proxy/origin/mirror/counters.h"
#include "proxy/origin/pools/write_pins.h"
#include "proxy/route/rate_limit.h"
#include "proxy/sticky/keyring.h"

namespace headgate::proxy {

/// What outlives a reload, found again by name: counters, connection counts, rate limits, pools. Belongs to the control
/// thread. What no configuration names any more is forgotten by forget_unused(), but lives on while somebody holds it.
class Identities {
 public:
  /// `post` and `log` are for the stores of caches; `post` is null where nothing is to be stored.
  Identities(std::size_t workers, std::uint64_t seed, balance::Pool::WakeWorker wake_worker, cache::flight::Post post,
             cache::stage::Store::LogLine log = {})
      : workers_(workers),
        seed_(seed),
        wake_worker_(std::move(wake_worker)),
        post_(std::move(post)),
        log_(std::move(log)),
        dns_(workers, seed, post_ ? dns::server::Identities::Files::kKept : dns::server::Identities::Files::kNone) {}

  std::shared_ptr<listener::ListenerShare> listener(const std::string& name);
  std::shared_ptr<base::PerWorker<http::RouteCounters>> route(const std::string& name);
  std::shared_ptr<base::PerWorker<compression::Counters>> compression(const std::string& route);
  std::shared_ptr<base::PerWorker<cache::stage::Counters>> cache_counters(const std::string& route);
  /// The store with this name and size; what lies in it stays over reloads that leave both as they are. One of another
  /// size is another store, and empty; the old one goes when no exchange uses it any more. Null without workers to post
  /// to: a configuration that is only looked at needs no memory.
  base::Result<std::shared_ptr<cache::stage::Store>> cache_store(const config::CacheStore& settings);
  std::shared_ptr<balance::Pool> pool(const std::string& name);
  /// The limiter of a route with these settings. One with others stays until forget_unused(): the configuration that
  /// asks may yet be refused.
  std::shared_ptr<route::RateLimiter> limiter(const std::string& route, const config::RateLimit& settings);
  std::shared_ptr<base::PerWorker<origin::mirror::Counters>> mirror_counters(const std::string& route);
  /// Which clients of a route wrote lately.
  std::shared_ptr<origin::pools::WritePins> pins(const std::string& route);

  /// Where clients are, by the databases and regions of a configuration; null: it says nothing of that. Reads what of
  /// the databases has changed since it was read last.
  struct Geo {
    std::shared_ptr<geo::AtlasShare> atlas;
    std::vector<geo::LoadedDatabase> databases;  ///< as Config::geo
  };
  base::Result<Geo> geo(const config::Config& config);
  geo::Databases& databases() { return databases_; }
  dns::server::Identities& dns() { return dns_; }
  const dns::server::Identities& dns() const { return dns_; }
  /// What cookies that pin clients to regions are signed with: the keys of sticky cookies, or those of a file of pins.
  struct PinKeys {
    std::shared_ptr<const sticky::Keyring> of_sticky_cookies;
    std::shared_ptr<const sticky::Keyring> of_pins;
  };
  void use_pin_keys(PinKeys keys) { pin_keys_ = std::move(keys); }
  /// Those in force for a configuration that has pins; where nobody keeps any, those that its files hold.
  std::shared_ptr<const sticky::Keyring> pin_keys(const config::Config& config) const;

  void forget_unused();
  /// The folders of stores that `kept` has not: another may want them, long before the last exchange has let go.
  void close_disks_but(const std::vector<std::shared_ptr<cache::stage::Store>>& kept);
  /// Waits until the threads of all disks have ended: nothing is posted to a worker any more.
  void end_disks();
  std::size_t workers() const { return workers_; }

 private:
  std::size_t workers_;
  std::uint64_t seed_;
  balance::Pool::WakeWorker wake_worker_;
  cache::flight::Post post_;
  cache::stage::Store::LogLine log_;
  dns::server::Identities dns_;
  geo::Databases databases_;
  PinKeys pin_keys_;
  std::shared_ptr<base::PerWorker<geo::LookupCounters>> lookups_;
  std::map<std::string, std::shared_ptr<base::PerWorker<geo::RegionCounters>>> region_counters_;  // by name
  std::map<std::string, std::shared_ptr<listener::ListenerShare>> listeners_;
  std::map<std::string, std::shared_ptr<base::PerWorker<http::RouteCounters>>> routes_;
  std::map<std::string, std::shared_ptr<base::PerWorker<compression::Counters>>> compressions_;     // by route
  std::map<std::string, std::shared_ptr<base::PerWorker<cache::stage::Counters>>> cache_counters_;  // by route
  std::multimap<std::string, std::shared_ptr<cache::stage::Store>> cache_stores_;
  std::map<std::string, std::shared_ptr<balance::Pool>> pools_;
  std::multimap<std::string, std::shared_ptr<route::RateLimiter>> limiters_;                           // by route
  std::map<std::string, std::shared_ptr<origin::pools::WritePins>> pins_;                              // by route
  std::map<std::string, std::shared_ptr<base::PerWorker<origin::mirror::Counters>>> mirror_counters_;  // by route
};

}  // namespace headgate::proxy
