#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "proxy/cache/stage/route_cache.h"
#include "proxy/explain/explanation.h"
#include "proxy/message/message.h"

namespace headgate::proxy::explain {

/// What the cache of a route would do with a request: its key always, what lies there where the store is one that runs.
CachePart cache_part_of(const config::RouteCache& settings, const cache::stage::RouteCache& cache,
                        const message::Request& request, bool has_body, base::WallTime now, base::Arena& arena);

}  // namespace headgate::proxy::explain
