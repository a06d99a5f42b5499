#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/dns/server/cookies.h"
#include "proxy/dns/server/counters.h"
#include "proxy/dns/server/zones_share.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/regions/regions_share.h"
#include "proxy/route/rate_limit.h"

namespace headgate::proxy::dns::server {

/// How often something was, told at most once in kEvery, by whichever worker sees it first. From any thread.
class Repeated {
 public:
  static constexpr base::Duration kEvery = std::chrono::minutes(1);
  /// Counts one; how many there were since the last telling if it is to be told now, 0 otherwise.
  std::uint64_t note(base::Time now);

 private:
  std::atomic<std::int64_t> next_{0};  // ns of the steady clock
  std::atomic<std::uint64_t> count_{0};
};

/// What one configuration says of one dns listener. Shared by all workers; immutable but for what counts.
struct Site {
  std::shared_ptr<const config::Listener> settings;
  std::shared_ptr<const config::Dns> dns;
  std::shared_ptr<ZonesShare> zones;
  std::shared_ptr<geo::AtlasShare> atlas;          ///< null: nothing is known of where clients are
  std::shared_ptr<regions::RegionsShare> regions;  ///< null: there are none, and no geo names
  Cookies cookies;
  std::shared_ptr<route::RateLimiter> limiter;  ///< of answers over UDP, by network and kind; null: no limit
  std::uint64_t limiter_seed = 0;
  std::shared_ptr<base::PerWorker<Counters>> counters;
  /// By RegionIndex; the last one: of no region.
  std::vector<std::shared_ptr<base::PerWorker<RegionCounters>>> region_counters;
  std::string version_data;  ///< of a TXT record; empty: what version.bind asks for is refused
  std::shared_ptr<Repeated> last_resort;
};

}  // namespace headgate::proxy::dns::server
