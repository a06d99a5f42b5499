#include <chrono>

#include "config/load.h"
#include "proxy/admin/api/resources.h"
#include "proxy/admin/figures_json.h"
#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin::api {
namespace {

using http::ListenerCounters;
using http::RouteCounters;
using metrics::total;

Json reload_json(const Reload& reload) {
  return {{"at", time_json(reload.at)}, {"accepted", reload.accepted}, {"message", reload.message}};
}

Json configuration_json(const View& view) {
  const ReloadHistory& reloads = *view.reloads;
  return {{"file", view.configuration_file},
          {"loaded_at", time_json(reloads.accepted_at())},
          {"last_reload", reloads.last().empty() ? Json(nullptr) : reload_json(reloads.last().back())}};
}

Json listener_json(const ListenerView& listener) {
  const base::PerWorker<ListenerCounters>& counters = *listener.counters;
  Json out = Json::object();
  out["name"] = listener.name;
  out["protocol"] = "http";
  out["binds"] = listener.binds;
  out["connections_open"] = total(counters, &ListenerCounters::connections_open);
  out["connections_active"] = total(counters, &ListenerCounters::connections_active);
  out["connections"] = total(counters, &ListenerCounters::connections);
  out["connections_refused"] = total(counters, &ListenerCounters::connections_refused);
  out["accept_pauses"] = total(counters, &ListenerCounters::accept_pauses);
  out["requests"] = total(counters, &ListenerCounters::requests);
  out["requests_refused"] = total(counters, &ListenerCounters::refused_requests);
  out["requests_unrouted"] = total(counters, &ListenerCounters::unrouted_requests);
  out["received_bytes"] = total(counters, &ListenerCounters::bytes_received);
  out["sent_bytes"] = total(counters, &ListenerCounters::bytes_sent);
  return out;
}

Json listeners_json(const View& view) {
  Json out = Json::array();
  for (const ListenerView& listener : view.listeners) out.push_back(listener_json(listener));
  return out;
}

Json totals_json(const View& view) {
  std::uint64_t requests = 0;
  std::uint64_t unrouted = 0;
  std::uint64_t refused = 0;
  std::uint64_t open = 0;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  for (const ListenerView& listener : view.listeners) {
    const base::PerWorker<ListenerCounters>& counters = *listener.counters;
    requests += total(counters, &ListenerCounters::requests);
    unrouted += total(counters, &ListenerCounters::unrouted_requests);
    refused += total(counters, &ListenerCounters::refused_requests);
    open += total(counters, &ListenerCounters::connections_open);
    received += total(counters, &ListenerCounters::bytes_received);
    sent += total(counters, &ListenerCounters::bytes_sent);
  }
  std::uint64_t errors_5xx = 0;
  std::uint64_t errors_4xx = unrouted + refused;
  for (const RouteView& route : view.routes) {
    errors_4xx +=
        metrics::total_of(*route.counters, [](const RouteCounters& each) { return each.responses[4].value(); });
    errors_5xx +=
        metrics::total_of(*route.counters, [](const RouteCounters& each) { return each.responses[5].value(); });
  }
  return {{"requests", requests},     {"errors_4xx", errors_4xx},   {"errors_5xx", errors_5xx},
          {"connections_open", open}, {"received_bytes", received}, {"sent_bytes", sent}};
}

Json workers_json(const View& view) {
  Json out = Json::array();
  for (std::size_t i = 0; i < view.workers.size(); ++i) {
    out.push_back({{"worker", i},
                   {"connections", view.workers[i].connections},
                   {"buffers_lent_bytes", view.workers[i].buffers_lent_bytes}});
  }
  return out;
}

}  // namespace

Answer show_status(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  const auto uptime = std::chrono::floor<std::chrono::seconds>(view.now - view.started);
  Json out = Json::object();
  out["version"] = view.version;
  out["pid"] = view.pid;
  out["state"] = to_string(view.state);
  out["started_at"] = time_json(view.started);
  out["uptime_seconds"] = uptime.count();
  out["configuration"] = configuration_json(view);
  out["log_level"] = base::to_string(view.log_level);
  out["process"] = {{"resident_bytes", view.process.resident_bytes},
                    {"cpu_seconds", view.process.cpu_seconds},
                    {"open_descriptors", view.process.open_descriptors},
                    {"max_descriptors", view.process.max_descriptors}};
  out["access_log"] = {{"written", view.access_log.written},
                       {"dropped_by_full_rings", view.access_log.dropped_by_full_rings},
                       {"lost_by_writing", view.access_log.lost_by_writing}};
  out["totals"] = totals_json(view);
  out["workers"] = workers_json(view);
  out["listeners"] = listeners_json(view);
  return answer_with(std::move(out));
}

Answer show_listeners(const Daemon& daemon, const Asked&) {
  return answer_with("listeners", listeners_json(daemon.view()));
}

Answer show_routes(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  Json rows = Json::array();
  for (std::size_t i = 0; i < view.routes.size(); ++i) {
    const RouteView& route = view.routes[i];
    const base::PerWorker<RouteCounters>& counters = *route.counters;
    Json row = Json::object();
    row["name"] = route.name;
    row["index"] = i;
    row["match"] = config::match_text(*route.match);
    row["origin"] = route.origin->describe();
    row["requests"] = total(counters, &RouteCounters::requests);
    row["responses"] = responses_json(counters, 0);
    row["rate_limited"] = total(counters, &RouteCounters::rate_limited);
    row["client_gone"] = total(counters, &RouteCounters::client_gone);
    row["received_body_bytes"] = total(counters, &RouteCounters::request_body_bytes);
    row["sent_body_bytes"] = total(counters, &RouteCounters::response_body_bytes);
    row["latency_ms"] = latency_json(metrics::latencies_of(counters, &RouteCounters::duration));
    rows.push_back(std::move(row));
  }
  return answer_with("routes", std::move(rows));
}

Answer show_reloads(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  Json rows = Json::array();
  for (const Reload& reload : view.reloads->last()) rows.push_back(reload_json(reload));
  return answer_with("reloads", std::move(rows));
}

}  // namespace headgate::proxy::admin::api
