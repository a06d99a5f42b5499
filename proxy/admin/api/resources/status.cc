#include <fmt/format.h>

#include <chrono>

#include "config/load.h"
#include "proxy/admin/api/resources/resources.h"
#include "proxy/admin/figures_json.h"
#include "proxy/admin/history/traffic.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/admin/process_json.h"

namespace headgate::proxy::admin::api::resources {
namespace {

using http::RouteCounters;
using listener::ListenerCounters;
using metrics::total;

Json reload_json(const Reload& reload) {
  return {{"at", time_json(reload.at)},
          {"accepted", reload.accepted},
          {"message", reload.message},
          {"took_ms", reload.took / std::chrono::milliseconds(1)}};
}

Json configuration_json(const View& view) {
  const ReloadHistory& reloads = *view.reloads;
  return {{"file", view.config->file},
          {"loaded_at", time_json(reloads.accepted_at())},
          {"differs_from_file", view.differs_from_file},
          {"last_reload", reloads.last().empty() ? Json(nullptr) : reload_json(reloads.last().back())}};
}

std::string_view protocol_text(config::Protocol protocol) {
  switch (protocol) {
    case config::Protocol::kTcp:
      return "tcp";
    case config::Protocol::kDns:
      return "dns";
    case config::Protocol::kHttp:
      break;
  }
  return "http";
}

std::uint64_t queries_of(const ListenerView& listener) {
  return metrics::total_of(*listener.dns, [](const dns::server::Counters& each) {
    return each.queries[0].value() + each.queries[1].value();
  });
}

/// What a dns listener was asked and what it said; null for others.
Json dns_json(const ListenerView& listener) {
  using dns::server::Counters;
  if (listener.dns == nullptr) return nullptr;
  Json out = Json::object();
  for (std::size_t i = 0; i < dns::server::kTransports; ++i) {
    out[fmt::format("queries_{}", to_string(static_cast<dns::server::Transport>(i)))] =
        metrics::total_of(*listener.dns, [i](const Counters& each) { return each.queries[i].value(); });
  }
  Json& answers = out["answers"] = Json::object();
  for (std::size_t i = 0; i < dns::server::kRcodes.size(); ++i) {
    answers[std::string(to_string(dns::server::kRcodes[i]))] =
        metrics::total_of(*listener.dns, [i](const Counters& each) { return each.answers[i].value(); });
  }
  out["truncated"] = total(*listener.dns, &Counters::truncated);
  out["malformed"] = total(*listener.dns, &Counters::malformed);
  out["rate_limited"] = total(*listener.dns, &Counters::limited);
  out["rate_slipped"] = total(*listener.dns, &Counters::slipped);
  return out;
}

Json listener_json(const ListenerView& listener) {
  const base::PerWorker<ListenerCounters>& counters = *listener.counters;
  Json out = Json::object();
  out["name"] = listener.name;
  out["protocol"] = protocol_text(listener.protocol);
  out["binds"] = listener.binds;
  out["connections_open"] = total(counters, &ListenerCounters::connections_open);
  out["connections_active"] = total(counters, &ListenerCounters::connections_active);
  out["connections"] = total(counters, &ListenerCounters::connections);
  out["connections_refused"] = total(counters, &ListenerCounters::connections_refused);
  out["accept_pauses"] = total(counters, &ListenerCounters::accept_pauses);
  out["requests"] = listener.dns != nullptr ? queries_of(listener) : total(counters, &ListenerCounters::requests);
  out["requests_refused"] = total(counters, &ListenerCounters::refused_requests);
  out["requests_unrouted"] = total(counters, &ListenerCounters::unrouted_requests);
  out["received_bytes"] = total(counters, &ListenerCounters::bytes_received);
  out["sent_bytes"] = total(counters, &ListenerCounters::bytes_sent);
  out["tls"] = tls_json(listener);
  out["dns"] = dns_json(listener);
  return out;
}

Json listeners_json(const View& view) {
  Json out = Json::array();
  for (const ListenerView& listener : view.listeners) out.push_back(listener_json(listener));
  return out;
}

Json totals_json(const View& view) {
  const history::Totals totals = history::traffic_of(view.listeners, view.routes, {}).all;
  return {{"requests", totals.requests},
          {"requests_per_second", view.history->requests_per_second()},
          {"errors_4xx", totals.errors_4xx},
          {"errors_5xx", totals.errors_5xx},
          {"connections_open", totals.connections_open},
          {"received_bytes", totals.received_bytes},
          {"sent_bytes", totals.sent_bytes}};
}

// What its clients were spared, over all encodings; the metrics have each.
Json compression_json(const RouteView& route) {
  if (route.compression == nullptr) return nullptr;
  const auto sum = [&route](base::Counter compression::Counters::OfCoding::* number) {
    return metrics::total_of(*route.compression, [number](const compression::Counters& each) {
      std::uint64_t all = 0;
      for (const compression::Counters::OfCoding& of : each.codings) all += (of.*number).value();
      return all;
    });
  };
  Json out = Json::object();
  out["answers"] = sum(&compression::Counters::OfCoding::answers);
  out["in_bytes"] = sum(&compression::Counters::OfCoding::bytes_in);
  out["out_bytes"] = sum(&compression::Counters::OfCoding::bytes_out);
  return out;
}

Json geoip_json(const View& view) {
  Json out = Json::array();
  if (view.geo.databases == nullptr) return out;
  for (const geo::KeptDatabase& kept : *view.geo.databases) {
    const geoip::Database::About& about = kept.loaded.database->about();
    Json row = Json::object();
    row["file"] = kept.loaded.file;
    row["type"] = about.type;
    row["built_seconds"] = about.built_seconds;
    row["networks"] = about.networks;
    row["loaded_at"] = time_json(kept.loaded_at);
    row["load_error"] = kept.error;
    out.push_back(std::move(row));
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
  out["totals"] = totals_json(view);
  add_process(view, out);
  out["listeners"] = listeners_json(view);
  out["geoip"] = geoip_json(view);
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
    row["latency_ms"] = latency_json(*view.recent, counters, &RouteCounters::duration);
    row["compression"] = compression_json(route);
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

}  // namespace headgate::proxy::admin::api::resources
