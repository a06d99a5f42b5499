#pragma once
#include <cstddef>

#include "config/config.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/cache/stage/route_cache.h"
#include "proxy/compression/compressed_body.h"
#include "proxy/compression/counters.h"
#include "proxy/compression/rules.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::cache::stage {

/// The route and the worker that the cache does its work for.
struct Surroundings {
  net::Loop& loop;
  std::size_t worker;
  const RouteCache& cache;
  const origin::Origin& origin;
  origin::PoolDirectory& pools;  ///< counted by LocalPtr; keeps the configuration that all of this belongs to
  config::RouteTimeouts timeouts;
  const compression::Rules* compression;  ///< null: answers are stored as they come
  compression::Counters* compression_counters;
  compression::Workshop& workshop;
  net::TaskScope& fetches;  ///< the worker's

  Counters& counters() const { return cache.counters->of(worker); }
};

}  // namespace headgate::proxy::cache::stage
