#pragma once
#include <vector>

#include "proxy/admin/history/history.h"
#include "proxy/admin/history/recent.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::history {

/// The counts that history is made of, added up over workers. Costs 2 reads a worker for a route without requests, 32
/// for another, and about as many for a backend.
History::Counts traffic_of(const std::vector<ListenerView>& listeners, const std::vector<RouteView>& routes,
                           const std::vector<PoolView>& pools);

/// Marks the latencies of every route and backend; see Recent.
void mark_latencies(const std::vector<RouteView>& routes, const std::vector<PoolView>& pools, Recent& recent);

}  // namespace headgate::proxy::admin::history
