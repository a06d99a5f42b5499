#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/per_worker.h"
#include "config/config.h"
#include "health/table.h"
#include "proxy/admin/events.h"
#include "proxy/admin/history/history.h"
#include "proxy/admin/history/recent.h"
#include "proxy/admin/process_figures.h"
#include "proxy/admin/reload_history.h"
#include "proxy/balance/pool.h"
#include "proxy/cache/stage/route_cache.h"
#include "proxy/compression/counters.h"
#include "proxy/discovery/name_row.h"
#include "proxy/dns/server/counters.h"
#include "proxy/geo/atlas_keeper.h"
#include "proxy/http/counters.h"
#include "proxy/listener/counters.h"
#include "proxy/listener/tls_contexts.h"
#include "proxy/listener/tls_share.h"
#include "proxy/origin/mirror/counters.h"
#include "proxy/origin/origin.h"
#include "proxy/regions/region_keeper.h"

// What the admin pages show, gathered at one moment on the control thread. Names and pointers belong to what `keeps`
// holds, or to main; a View is used up within the turn of the loop in which it was made.
namespace headgate::proxy::dns::upkeep {
struct KeptZone;
}

namespace headgate::proxy::admin {

struct ListenerView {
  std::string_view name;
  std::vector<std::string> binds;  ///< as the kernel bound them; empty: not open
  const base::PerWorker<listener::ListenerCounters>* counters = nullptr;
  config::Protocol protocol = config::Protocol::kHttp;
  const base::PerWorker<listener::TlsCounters>* tls = nullptr;  ///< null: a plain one
  const listener::KeptCertificates* certificates = nullptr;     ///< with `tls`
  const base::PerWorker<dns::server::Counters>* dns = nullptr;  ///< null: of another protocol than dns
};

struct RouteView {
  std::string_view name;
  const config::Match* match = nullptr;
  const origin::Origin* origin = nullptr;
  const base::PerWorker<http::RouteCounters>* counters = nullptr;
  const base::PerWorker<compression::Counters>* compression = nullptr;  ///< null: it has no `compress`
  const cache::stage::RouteCache* cache = nullptr;                      ///< null: it has no `cache`
  const base::PerWorker<origin::mirror::Counters>* mirrored = nullptr;  ///< null: it has no `mirror`
};

/// One of `caches`.
struct CacheView {
  std::string_view name;
  cache::stage::Store* store = nullptr;
};

struct PoolView {
  std::string_view name;
  std::shared_ptr<const balance::PoolVersion> version;  ///< null: nothing published yet
  const base::PerWorker<balance::PoolCounters>* counters = nullptr;
  std::uint32_t waiting = 0;
  balance::PoolLoad load = {};
};

inline PoolView view_of(const balance::Pool& pool) {
  std::shared_ptr<const balance::PoolVersion> version = pool.version();
  const balance::PoolLoad load = version ? pool.load(version->settings, base::now()) : balance::PoolLoad();
  return {pool.name(), std::move(version), &pool.counters(), pool.waiting(), load};
}

/// One worker's loop.
struct WorkerView {
  std::uint64_t connections = 0;  ///< of clients, open
  std::uint64_t buffers_lent_bytes = 0;
};

struct AccessLogView {
  std::uint64_t written = 0;
  std::uint64_t dropped_by_full_rings = 0;
  std::uint64_t lost_by_writing = 0;
};

/// What is known of where clients are.
struct GeoView {
  const std::vector<geo::KeptDatabase>* databases = nullptr;      ///< null: none
  const base::PerWorker<geo::LookupCounters>* lookups = nullptr;  ///< null: nobody can be asked
  const geo::CountersByRegion* by_region = nullptr;               ///< as `lookups`
  const dns::server::CountersByRegion* answers = nullptr;         ///< of DNS; null: there is no dns listener
};

/// What the process is about.
enum class DaemonState : std::uint8_t {
  kStarting,
  kServing,
  kReloading,  ///< serving, while another configuration is on its way
  kUpgrading,  ///< serving, while another binary is on its way
  kDraining,   ///< takes no new connections and waits for those that are open
};
std::string_view to_string(DaemonState state);

struct View {
  std::string version;
  int pid = 0;
  base::WallTime now;
  base::WallTime started;
  std::shared_ptr<const config::Config> config;  ///< that runs; never null
  bool differs_from_file = false;
  const ReloadHistory* reloads = nullptr;     ///< never null
  const Events* events = nullptr;             ///< never null
  const history::History* history = nullptr;  ///< never null
  const history::Recent* recent = nullptr;    ///< by the address of counters; never null
  DaemonState state = DaemonState::kServing;
  base::LogLevel log_level = base::LogLevel::kInfo;
  std::vector<ListenerView> listeners;
  std::vector<RouteView> routes;
  std::vector<PoolView> pools;
  std::vector<CacheView> caches;
  GeoView geo;
  const std::vector<dns::upkeep::KeptZone>* zones = nullptr;  ///< null: none
  std::vector<health::Row> health;
  std::vector<discovery::NameRow> names;  ///< that pools are found by
  std::vector<regions::RegionRow> regions;
  std::vector<WorkerView> workers;
  AccessLogView access_log;
  ProcessFigures process;
  std::shared_ptr<const void> keeps;  ///< the snapshot that names point into

  bool is_draining() const { return state == DaemonState::kDraining; }
};

using ViewSource = std::function<View()>;

}  // namespace headgate::proxy::admin
