#include "proxy/admin/api/resources/protection.h"

#include "config/load.h"
#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::api::resources {
namespace {

using balance::PoolCounters;
using metrics::total;

Json limit_json(std::uint32_t now, std::uint32_t limit) {
  return {{"now", now}, {"limit", limit == 0 ? Json(nullptr) : Json(limit)}};
}

Json milliseconds_json(base::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Json adaptive_json(const balance::PoolLoad& load) {
  if (!load.is_adaptive) return nullptr;
  const bool is_known = load.latency != base::Duration(0);
  return {{"lowest_latency_ms", is_known ? milliseconds_json(load.lowest_latency) : Json(nullptr)},
          {"latency_ms", is_known ? milliseconds_json(load.latency) : Json(nullptr)}};
}

Json hedge_json(const PoolView& pool) {
  if (!pool.version || !pool.version->settings.hedge) return nullptr;
  return {{"after", config::hedge_after_text(*pool.version->settings.hedge)},
          {"asked", total(*pool.counters, &PoolCounters::hedges)},
          {"won", total(*pool.counters, &PoolCounters::hedges_won)},
          {"refused", total(*pool.counters, &PoolCounters::hedges_refused)}};
}

}  // namespace

Json protection_json(const PoolView& pool) {
  const balance::PoolLoad& load = pool.load;
  Json out = Json::object();
  out["requests"] = limit_json(load.requests, load.request_limit);
  out["connections"] = limit_json(load.connections, load.connection_limit);
  out["retries"] = limit_json(load.retries, load.retry_limit);
  out["connections_refused"] = total(*pool.counters, &PoolCounters::connections_refused);
  out["adaptive"] = adaptive_json(load);
  out["shed"] = total(*pool.counters, &PoolCounters::shed);
  out["expected_wait_ms"] = load.wait_in_queue ? milliseconds_json(*load.wait_in_queue) : Json(nullptr);
  out["hedge"] = hedge_json(pool);
  return out;
}

}  // namespace headgate::proxy::admin::api::resources
