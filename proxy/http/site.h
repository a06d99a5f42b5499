#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/cache/stage/route_cache.h"
#include "proxy/compression/counters.h"
#include "proxy/compression/rules.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/http/counters.h"
#include "proxy/origin/mirror/counters.h"
#include "proxy/origin/origin.h"
#include "proxy/route/field_rules.h"
#include "proxy/route/matcher.h"
#include "proxy/route/rate_limit.h"

namespace headgate::proxy::regions {
struct ClaimRules;
class Homes;
class RegionsShare;
}  // namespace headgate::proxy::regions

namespace headgate::proxy::http {

/// A route's `compress`, compiled.
struct RouteCompression {
  compression::Rules rules;
  std::shared_ptr<base::PerWorker<compression::Counters>> counters;
};

/// One route, compiled. What outlives a reload (the limiter's table, the counters) is shared with the next Site by
/// name.
struct RouteEntry {
  std::string name;
  std::shared_ptr<const origin::Origin> origin;
  std::shared_ptr<route::RateLimiter> limiter;  ///< null: no limit
  route::CompiledFieldRules request_rules;
  route::CompiledFieldRules response_rules;
  std::unique_ptr<const RouteCompression> compression;                  ///< null: answers go out as they come
  std::unique_ptr<const cache::stage::RouteCache> cache;                ///< null: each request goes to the origin
  std::shared_ptr<base::PerWorker<origin::mirror::Counters>> mirrored;  ///< null: no copies are sent
  config::RouteTimeouts timeouts;
  std::shared_ptr<base::PerWorker<RouteCounters>> counters;
  bool sends_home = false;    ///< with Site::homes
  std::size_t home_pool = 0;  ///< whose regions count there: as Config::pools; their number: none's
};

/// What one configuration says about HTTP. Immutable, shared by all workers; an exchange keeps the one it began with.
struct Site {
  route::Matcher matcher;
  std::vector<RouteEntry> routes;                               ///< as Config::routes
  std::shared_ptr<geo::AtlasShare> atlas = nullptr;             ///< null: nothing is known of where clients are
  std::shared_ptr<regions::RegionsShare> serving = nullptr;     ///< which region serves whom; null without `atlas`
  std::shared_ptr<const regions::ClaimRules> claims = nullptr;  ///< null: requests may claim nothing
  std::shared_ptr<const regions::Homes> homes = nullptr;        ///< null: no route has `send_home`
};

}  // namespace headgate::proxy::http
