#include "proxy/admin/status.h"

#include <chrono>

#include "proxy/admin/figures_json.h"
#include "proxy/admin/health_rows.h"
#include "proxy/admin/json_values.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/admin/process_json.h"

namespace headgate::proxy::admin {
namespace {

using balance::BackendCounters;
using balance::PoolCounters;
using http::RouteCounters;
using listener::ListenerCounters;
using metrics::total;

Json configuration(const View& view) {
  const ReloadHistory& history = *view.reloads;
  Json reloads = Json::array();
  for (const Reload& reload : history.last()) {
    reloads.push_back({{"at", time_json(reload.at)}, {"accepted", reload.accepted}, {"message", reload.message}});
  }
  return {{"file", view.config->file},
          {"loaded_at", time_json(history.accepted_at())},
          {"last_reload", reloads.empty() ? Json(nullptr) : reloads.back()},
          {"accepted", history.accepted()},
          {"refused", history.refused()},
          {"reloads", std::move(reloads)}};
}

Json listeners(const View& view) {
  Json out = Json::array();
  for (const ListenerView& listener : view.listeners) {
    const base::PerWorker<ListenerCounters>& counters = *listener.counters;
    out.push_back({{"name", listener.name},
                   {"bind", listener.binds},
                   {"connections_open", total(counters, &ListenerCounters::connections_open)},
                   {"connections_active", total(counters, &ListenerCounters::connections_active)},
                   {"connections", total(counters, &ListenerCounters::connections)},
                   {"connections_refused", total(counters, &ListenerCounters::connections_refused)},
                   {"accept_pauses", total(counters, &ListenerCounters::accept_pauses)},
                   {"requests", total(counters, &ListenerCounters::requests)},
                   {"requests_refused", total(counters, &ListenerCounters::refused_requests)},
                   {"requests_unrouted", total(counters, &ListenerCounters::unrouted_requests)},
                   {"tls", tls_json(listener)}});
  }
  return out;
}

Json backend(const PoolView& pool, const balance::PoolVersion::Member& member, const HealthRows& rows) {
  const balance::Backend& of = *member.backend;
  const base::PerWorker<BackendCounters>& counters = of.counters();
  const health::Row* row = rows.find(pool.name, of.id(), of.address_text());
  return {{"id", of.id()},
          {"address", of.address_text()},
          {"state", health::to_string(of.health().state())},
          {"since", row == nullptr ? Json(nullptr) : time_json(row->since)},
          {"why", row == nullptr ? "" : row->why},
          {"last_check", row == nullptr ? Json(nullptr) : time_json(row->last_check)},
          {"checks_ok", row == nullptr ? 0 : row->checks_ok},
          {"checks_failed", row == nullptr ? 0 : row->checks_failed},
          {"ejections", row == nullptr ? 0 : row->ejections},
          {"weight", member.weight},
          {"weight_percent", of.health().weight_percent()},
          {"backup", member.backup},
          {"max_requests", member.max_requests},
          {"requests_in_flight", of.requests_in_flight.load(std::memory_order_relaxed)},
          {"connections_open", of.connections_open.load(std::memory_order_relaxed)},
          {"requests", total(counters, &BackendCounters::requests)},
          {"responses", responses_json(counters, 1)},
          {"connections_opened", total(counters, &BackendCounters::connections_opened)},
          {"connections_reused", total(counters, &BackendCounters::connections_reused)},
          {"connect_failures", total(counters, &BackendCounters::connect_failures)},
          {"failures", total(counters, &BackendCounters::failures)}};
}

Json pools(const View& view) {
  const HealthRows rows(view.health);
  Json out = Json::array();
  for (const PoolView& pool : view.pools) {
    Json backends = Json::array();
    if (pool.version) {
      for (const balance::PoolVersion::Member& member : pool.version->members) {
        backends.push_back(backend(pool, member, rows));
      }
    }
    const base::PerWorker<PoolCounters>& counters = *pool.counters;
    out.push_back({{"name", pool.name},
                   {"waiting", pool.waiting},
                   {"requests", total(counters, &PoolCounters::requests)},
                   {"retries", total(counters, &PoolCounters::retries)},
                   {"retries_refused", total(counters, &PoolCounters::retries_refused)},
                   {"queued", total(counters, &PoolCounters::queued)},
                   {"queue_timeouts", total(counters, &PoolCounters::queue_timeouts)},
                   {"queue_overflows", total(counters, &PoolCounters::queue_overflows)},
                   {"no_backend", total(counters, &PoolCounters::no_backend)},
                   {"backends", std::move(backends)}});
  }
  return out;
}

// A route that nobody asked for yet is only named, so that 10,000 of them stay readable and quick.
Json routes(const View& view) {
  Json out = Json::array();
  for (const RouteView& route : view.routes) {
    const base::PerWorker<RouteCounters>& counters = *route.counters;
    const std::uint64_t requests = total(counters, &RouteCounters::requests);
    Json row = Json::object();
    row["name"] = route.name;
    row["origin"] = route.origin->describe();
    row["requests"] = requests;
    if (requests > 0) {
      row["responses"] = responses_json(counters, 0);
      row["rate_limited"] = total(counters, &RouteCounters::rate_limited);
      row["client_gone"] = total(counters, &RouteCounters::client_gone);
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

std::string status_json(const View& view) {
  const auto uptime = std::chrono::floor<std::chrono::seconds>(view.now - view.started);
  Json out = Json::object();  // member by member: an initializer list would copy every list below
  out["version"] = view.version;
  out["pid"] = view.pid;
  out["started_at"] = time_json(view.started);
  out["uptime_seconds"] = uptime.count();
  out["draining"] = view.is_draining();
  out["configuration"] = configuration(view);
  add_process(view, out);
  out["listeners"] = listeners(view);
  out["pools"] = pools(view);
  out["routes"] = routes(view);
  return page_of(out);
}

}  // namespace headgate::proxy::admin
