#include "proxy/admin/history/traffic.h"

#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::history {
namespace {

using balance::BackendCounters;
using http::RouteCounters;
using listener::ListenerCounters;
using metrics::total;

template <class Counters>
std::uint64_t answers(const base::PerWorker<Counters>& counters, std::size_t status_class) {
  return metrics::total_of(counters, [=](const Counters& each) { return each.responses[status_class].value(); });
}

void add_listener(const base::PerWorker<ListenerCounters>& counters, Totals& to) {
  to.requests += total(counters, &ListenerCounters::requests);
  to.errors_4xx += total(counters, &ListenerCounters::refused_requests);
  to.errors_4xx += total(counters, &ListenerCounters::unrouted_requests);
  to.received_bytes += total(counters, &ListenerCounters::bytes_received);
  to.sent_bytes += total(counters, &ListenerCounters::bytes_sent);
  to.connections_open += total(counters, &ListenerCounters::connections_open);
}

void add_route(const base::PerWorker<RouteCounters>& counters, Totals& to) {
  if (total(counters, &RouteCounters::requests) == 0) return;  // most of 10,000
  to.errors_4xx += answers(counters, 4);
  to.errors_5xx += answers(counters, 5);
  add_latencies(to.latencies, metrics::latencies_of(counters, &RouteCounters::duration));
}

Totals totals_of(const PoolView& pool) {
  Totals out;
  out.requests = total(*pool.counters, &balance::PoolCounters::requests);
  // What never got to a backend is answered 503.
  out.errors_5xx = total(*pool.counters, &balance::PoolCounters::no_backend) +
                   total(*pool.counters, &balance::PoolCounters::queue_timeouts) +
                   total(*pool.counters, &balance::PoolCounters::queue_overflows) +
                   total(*pool.counters, &balance::PoolCounters::shed);
  if (!pool.version) return out;
  for (const balance::PoolVersion::Member& member : pool.version->members) {
    const base::PerWorker<BackendCounters>& counters = member.backend->counters();
    out.errors_4xx += answers(counters, 4);
    out.errors_5xx += answers(counters, 5);
    out.received_bytes += total(counters, &BackendCounters::bytes_received);
    out.sent_bytes += total(counters, &BackendCounters::bytes_sent);
    out.connections_open += member.backend->connections_open.load(std::memory_order_relaxed);
    add_latencies(out.latencies, metrics::latencies_of(counters, &BackendCounters::response_time));
  }
  return out;
}

}  // namespace

History::Counts traffic_of(const std::vector<ListenerView>& listeners, const std::vector<RouteView>& routes,
                           const std::vector<PoolView>& pools) {
  History::Counts out;
  for (const ListenerView& listener : listeners) add_listener(*listener.counters, out.all);
  for (const RouteView& route : routes) add_route(*route.counters, out.all);
  for (const PoolView& pool : pools) out.pools.emplace(pool.name, totals_of(pool));
  return out;
}

void mark_latencies(const std::vector<RouteView>& routes, const std::vector<PoolView>& pools, Recent& recent) {
  for (const RouteView& route : routes) {
    if (total(*route.counters, &RouteCounters::requests) == 0) continue;
    recent.mark(route.counters, metrics::latencies_of(*route.counters, &RouteCounters::duration));
  }
  for (const PoolView& pool : pools) {
    if (!pool.version) continue;
    for (const balance::PoolVersion::Member& member : pool.version->members) {
      const base::PerWorker<BackendCounters>& counters = member.backend->counters();
      recent.mark(&counters, metrics::latencies_of(counters, &BackendCounters::response_time));
    }
  }
}

}  // namespace headgate::proxy::admin::history
