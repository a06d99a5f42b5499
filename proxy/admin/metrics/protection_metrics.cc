#include "proxy/admin/metrics/protection_metrics.h"

#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::metrics {
namespace {

using balance::PoolCounters;

double seconds_of(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Of those that have a limit alone: for the others there would be nothing to compare with.
void expose_limits(const Family& of, const View& view, bool wants_limit, Exposition& out) {
  out.begin(of);
  for (const PoolView& pool : view.pools) {
    const Labels labels{{"pool", pool.name}};
    const auto expose = [&](std::string_view what, std::uint32_t now, std::uint32_t limit) {
      if (limit != 0) out.sample(labels.with("of", what).text(), std::uint64_t{wants_limit ? limit : now});
    };
    const balance::PoolLoad& load = pool.load;
    expose("requests", load.requests, load.request_limit);
    expose("connections", load.connections, load.connection_limit);
    expose("retries", load.retries, load.retry_limit);
  }
}

}  // namespace

void expose_protection(const View& view, Exposition& out) {
  expose_limits(family("headgate_pool_limit"), view, true, out);
  expose_limits(family("headgate_pool_limit_used"), view, false, out);
  out.begin(family("headgate_pool_connections_refused_total"));
  for (const PoolView& pool : view.pools) {
    out.sample(Labels{{"pool", pool.name}}.text(), total(*pool.counters, &PoolCounters::connections_refused));
  }
  out.begin(family("headgate_pool_shed_total"));
  for (const PoolView& pool : view.pools) {
    out.sample(Labels{{"pool", pool.name}}.text(), total(*pool.counters, &PoolCounters::shed));
  }
  out.begin(family("headgate_pool_queue_wait_expected_seconds"));
  for (const PoolView& pool : view.pools) {
    if (!pool.load.wait_in_queue) continue;
    out.sample(Labels{{"pool", pool.name}}.text(), seconds_of(*pool.load.wait_in_queue));
  }
  out.begin(family("headgate_pool_latency_seconds"));
  for (const PoolView& pool : view.pools) {
    if (!pool.load.is_adaptive || pool.load.latency == base::Duration(0)) continue;
    const Labels labels{{"pool", pool.name}};
    out.sample(labels.with("of", "lowest").text(), seconds_of(pool.load.lowest_latency));
    out.sample(labels.with("of", "now").text(), seconds_of(pool.load.latency));
  }
  out.begin(family("headgate_pool_hedges_total"));
  for (const PoolView& pool : view.pools) {
    if (!pool.version || !pool.version->settings.hedge) continue;
    const Labels labels{{"pool", pool.name}};
    const std::uint64_t won = total(*pool.counters, &PoolCounters::hedges_won);
    out.sample(labels.with("outcome", "won").text(), won);
    out.sample(labels.with("outcome", "lost").text(), total(*pool.counters, &PoolCounters::hedges) - won);
    out.sample(labels.with("outcome", "refused").text(), total(*pool.counters, &PoolCounters::hedges_refused));
  }
}

}  // namespace headgate::proxy::admin::metrics
