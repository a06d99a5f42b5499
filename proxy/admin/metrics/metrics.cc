#include "proxy/admin/metrics/metrics.h"

#include <charconv>

#include "proxy/admin/metrics/backend_metrics.h"
#include "proxy/admin/metrics/cache_metrics.h"
#include "proxy/admin/metrics/compression_metrics.h"
#include "proxy/admin/metrics/dns_metrics.h"
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/metrics/geo_metrics.h"
#include "proxy/admin/metrics/protection_metrics.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/sticky/table/store.h"
#include "wire/http2/flood.h"

namespace headgate::proxy::admin::metrics {
namespace {

using balance::PoolCounters;
using http::RouteCounters;
using listener::ListenerCounters;

void expose_process(const View& view, Exposition& out) {
  const ReloadHistory& reloads = *view.reloads;
  out.begin(family("headgate_build"));
  out.sample(Labels{{"version", view.version}}.text(), std::uint64_t{1});
  out.begin(family("headgate_start_time_seconds"));
  out.sample({}, view.started);
  out.begin(family("headgate_draining"));
  out.sample(view.is_draining() ? 1 : 0);
  out.begin(family("headgate_reloads_total"));
  out.sample("result=\"accepted\"", reloads.accepted());
  out.sample("result=\"refused\"", reloads.refused());
  out.begin(family("headgate_last_reload_accepted"));
  out.sample(!reloads.last().empty() && reloads.last().back().accepted ? 1 : 0);
  out.begin(family("headgate_configuration_loaded_time_seconds"));
  out.sample({}, reloads.accepted_at());
  out.begin(family("headgate_process_resident_bytes"));
  out.sample(view.process.resident_bytes);
  out.begin(family("headgate_process_cpu_seconds_total"));
  out.sample({}, view.process.cpu_seconds);
  out.begin(family("headgate_process_open_descriptors"));
  out.sample(view.process.open_descriptors);
  out.begin(family("headgate_process_max_descriptors"));
  out.sample(view.process.max_descriptors);
}

void expose_workers(const View& view, Exposition& out) {
  out.begin(family("headgate_worker_connections"));
  for (std::size_t i = 0; i < view.workers.size(); ++i) {
    out.sample(Labels{{"worker", std::to_string(i)}}.text(), view.workers[i].connections);
  }
  out.begin(family("headgate_worker_buffers_lent_bytes"));
  for (std::size_t i = 0; i < view.workers.size(); ++i) {
    out.sample(Labels{{"worker", std::to_string(i)}}.text(), view.workers[i].buffers_lent_bytes);
  }
  out.begin(family("headgate_access_log_written_total"));
  out.sample(view.access_log.written);
  out.begin(family("headgate_access_log_dropped_total"));
  out.sample("reason=\"full_ring\"", view.access_log.dropped_by_full_rings);
  out.sample("reason=\"write_failed\"", view.access_log.lost_by_writing);
}

/// One sample for each listener, of all workers together.
template <class Number>
void expose_listeners(const Family& of, const View& view, Number ListenerCounters::* number, Exposition& out) {
  out.begin(of);
  for (const ListenerView& listener : view.listeners) {
    out.sample(Labels{{"listener", listener.name}}.text(), total(*listener.counters, number));
  }
}

/// One sample for each listener and worker.
template <class Number>
void expose_listener_workers(const Family& of, const View& view, Number ListenerCounters::* number, Exposition& out) {
  out.begin(of);
  for (const ListenerView& listener : view.listeners) {
    const Labels labels{{"listener", listener.name}};
    for (std::size_t worker = 0; worker < listener.counters->size(); ++worker) {
      out.sample(labels.with("worker", std::to_string(worker)).text(),
                 unsigned_value(listener.counters->of(worker).*number));
    }
  }
}

/// Of protocols without requests alone: the endings of requests are in the access log.
void expose_listener_endings(const View& view, Exposition& out) {
  out.begin(family("headgate_listener_connections_ended_total"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.protocol == config::Protocol::kHttp) continue;
    const Labels labels{{"listener", listener.name}};
    for (std::size_t i = 0; i < listener::kConnectionEndings; ++i) {
      const std::string_view name = listener::facts_of(static_cast<listener::ConnectionEnding>(i)).name;
      out.sample(labels.with("ending", name.empty() ? "well" : name).text(),
                 total_of(*listener.counters, [=](const ListenerCounters& each) { return each.endings[i].value(); }));
    }
  }
}

void expose_handshakes(const View& view, Exposition& out) {
  using listener::TlsCounters;
  out.begin(family("headgate_listener_tls_handshakes_total"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.tls == nullptr) continue;
    const Labels labels{{"listener", listener.name}};
    out.sample(labels.with("kind", "full").text(), total(*listener.tls, &TlsCounters::full));
    out.sample(labels.with("kind", "resumed").text(), total(*listener.tls, &TlsCounters::resumed));
  }
  out.begin(family("headgate_listener_tls_handshakes_failed_total"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.tls == nullptr) continue;
    const Labels labels{{"listener", listener.name}};
    for (std::size_t i = 1; i < net::tls::kFailures; ++i) {
      out.sample(labels.with("reason", net::tls::name_of(static_cast<net::tls::Failure>(i))).text(),
                 total_of(*listener.tls, [i](const TlsCounters& each) { return each.failed[i].value(); }));
    }
  }
  out.begin(family("headgate_listener_tls_handshakes_limited_total"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.tls == nullptr) continue;
    out.sample(Labels{{"listener", listener.name}}.text(), total(*listener.tls, &TlsCounters::limited));
  }
}

void expose_certificates(const View& view, Exposition& out) {
  out.begin(family("headgate_certificate_expiry_time_seconds"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.certificates == nullptr) continue;
    for (const listener::ShownCertificate& shown : listener.certificates->loaded.certificates) {
      const std::string name = shown.names.empty() ? std::string() : shown.names.front();
      out.sample(Labels{{"listener", listener.name}, {"certificate", shown.file}, {"name", name}}.text(),
                 shown.not_after);
    }
  }
  out.begin(family("headgate_certificate_load_failed"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.certificates == nullptr) continue;
    out.sample(Labels{{"listener", listener.name}}.text(),
               std::uint64_t{listener.certificates->error.empty() ? 0u : 1u});
  }
}

void expose_floods(const View& view, Exposition& out) {
  out.begin(family("headgate_listener_http2_floods_total"));
  for (const ListenerView& listener : view.listeners) {
    const Labels labels{{"listener", listener.name}};
    for (std::size_t kind = 0; kind < ListenerCounters::kFloods; ++kind) {
      std::uint64_t sum = 0;
      for (std::size_t worker = 0; worker < listener.counters->size(); ++worker) {
        sum += listener.counters->of(worker).http2_floods[kind].value();
      }
      const std::string_view name = wire::http2::facts_of(static_cast<wire::http2::Flood>(kind)).name;
      out.sample(labels.with("kind", name).text(), sum);
    }
  }
}

void expose_listeners(const View& view, Exposition& out) {
  expose_listener_workers(family("headgate_listener_connections_total"), view, &ListenerCounters::connections, out);
  expose_listeners(family("headgate_listener_connections_refused_total"), view, &ListenerCounters::connections_refused,
                   out);
  expose_listener_workers(family("headgate_listener_connections_open"), view, &ListenerCounters::connections_open, out);
  expose_listeners(family("headgate_listener_connections_active"), view, &ListenerCounters::connections_active, out);
  expose_listeners(family("headgate_listener_accept_pauses_total"), view, &ListenerCounters::accept_pauses, out);
  expose_listener_endings(view, out);
  expose_listener_workers(family("headgate_listener_requests_total"), view, &ListenerCounters::requests, out);
  expose_listeners(family("headgate_listener_requests_refused_total"), view, &ListenerCounters::refused_requests, out);
  expose_listeners(family("headgate_listener_requests_unrouted_total"), view, &ListenerCounters::unrouted_requests,
                   out);
  expose_listeners(family("headgate_listener_received_bytes_total"), view, &ListenerCounters::bytes_received, out);
  expose_listeners(family("headgate_listener_sent_bytes_total"), view, &ListenerCounters::bytes_sent, out);
  expose_handshakes(view, out);
  expose_certificates(view, out);
  expose_listeners(family("headgate_listener_http2_connections_total"), view, &ListenerCounters::http2_connections,
                   out);
  expose_floods(view, out);
}

struct UsedRoute {
  Labels labels;
  const base::PerWorker<RouteCounters>* counters;
};

void expose_used_routes(const Family& of, const std::vector<UsedRoute>& routes, base::Counter RouteCounters::* number,
                        Exposition& out) {
  out.begin(of);
  for (const UsedRoute& route : routes) out.sample(route.labels.text(), total(*route.counters, number));
}

void expose_routes(const View& view, Exposition& out) {
  std::vector<UsedRoute> used;
  out.begin(family("headgate_route_requests_total"));
  for (const RouteView& route : view.routes) {
    Labels labels{{"route", route.name}};
    const std::uint64_t requests = total(*route.counters, &RouteCounters::requests);
    out.sample(labels.text(), requests);
    if (requests > 0) used.push_back({std::move(labels), route.counters});
  }
  out.begin(family("headgate_route_responses_total"));
  for (const UsedRoute& route : used) {
    for (std::size_t first_digit = 0; first_digit < kStatusClasses.size(); ++first_digit) {
      out.sample(
          route.labels.with("class", kStatusClasses[first_digit]).text(),
          total_of(*route.counters, [=](const RouteCounters& each) { return each.responses[first_digit].value(); }));
    }
  }
  expose_used_routes(family("headgate_route_rate_limited_total"), used, &RouteCounters::rate_limited, out);
  expose_used_routes(family("headgate_route_client_gone_total"), used, &RouteCounters::client_gone, out);
  expose_used_routes(family("headgate_route_request_body_bytes_total"), used, &RouteCounters::request_body_bytes, out);
  expose_used_routes(family("headgate_route_response_body_bytes_total"), used, &RouteCounters::response_body_bytes,
                     out);
  out.begin(family("headgate_route_duration_seconds"));
  for (const UsedRoute& route : used) {
    expose_histogram(route.labels, *route.counters, &RouteCounters::duration, out);
  }
}

void expose_pools(const Family& of, const View& view, base::Counter PoolCounters::* number, Exposition& out) {
  out.begin(of);
  for (const PoolView& pool : view.pools) {
    out.sample(Labels{{"pool", pool.name}}.text(), total(*pool.counters, number));
  }
}

template <class Figure>
void expose_session_log(const Family& of, const View& view, Figure figure, Exposition& out) {
  out.begin(of);
  for (const PoolView& pool : view.pools) {
    if (!pool.version || pool.version->sessions == nullptr) continue;
    const std::shared_ptr<sticky::table::LogWriter> log = pool.version->sessions->log();
    out.sample(Labels{{"pool", pool.name}}.text(), log == nullptr ? std::uint64_t{0} : figure(*log));
  }
}

void expose_session_logs(const View& view, Exposition& out) {
  using sticky::table::LogWriter;
  expose_session_log(
      family("headgate_pool_session_log_records_total"), view,
      [](const LogWriter& log) { return log.records_written(); }, out);
  expose_session_log(
      family("headgate_pool_session_log_commits_total"), view, [](const LogWriter& log) { return log.commits(); }, out);
  expose_session_log(
      family("headgate_pool_session_log_failed"), view,
      [](const LogWriter& log) { return std::uint64_t{log.has_failed()}; }, out);
}

void expose_pools(const View& view, Exposition& out) {
  expose_pools(family("headgate_pool_requests_total"), view, &PoolCounters::requests, out);
  expose_pools(family("headgate_pool_retries_total"), view, &PoolCounters::retries, out);
  expose_pools(family("headgate_pool_retries_refused_total"), view, &PoolCounters::retries_refused, out);
  expose_pools(family("headgate_pool_queued_total"), view, &PoolCounters::queued, out);
  expose_pools(family("headgate_pool_queue_timeouts_total"), view, &PoolCounters::queue_timeouts, out);
  expose_pools(family("headgate_pool_queue_overflows_total"), view, &PoolCounters::queue_overflows, out);
  expose_pools(family("headgate_pool_no_backend_total"), view, &PoolCounters::no_backend, out);
  out.begin(family("headgate_pool_hash_choices_total"));
  for (const PoolView& pool : view.pools) {
    if (!pool.version || pool.version->settings.balance != config::Balance::kHash) continue;
    const Labels labels{{"pool", pool.name}};
    const auto expose = [&](std::string_view choice, base::Counter PoolCounters::* number) {
      out.sample(labels.with("choice", choice).text(), total(*pool.counters, number));
    };
    expose("named", &PoolCounters::hash_named);
    expose("next", &PoolCounters::hash_next);
    expose("keyless", &PoolCounters::hash_keyless);
  }
  out.begin(family("headgate_pool_waiting"));
  for (const PoolView& pool : view.pools) {
    out.sample(Labels{{"pool", pool.name}}.text(), std::uint64_t{pool.waiting});
  }
  expose_backends_by_state(view, out);
  out.begin(family("headgate_pool_sticky_requests_total"));
  for (const PoolView& pool : view.pools) {
    if (!pool.version || std::holds_alternative<std::monostate>(pool.version->settings.sticky)) continue;
    const Labels labels{{"pool", pool.name}};
    out.sample(labels.with("outcome", "stayed").text(), total(*pool.counters, &PoolCounters::stayed));
    out.sample(labels.with("outcome", "moved").text(), total(*pool.counters, &PoolCounters::moved));
    out.sample(labels.with("outcome", "unheld").text(), total(*pool.counters, &PoolCounters::unheld));
  }
  expose_session_logs(view, out);
  out.begin(family("headgate_pool_queue_time_seconds"));
  for (const PoolView& pool : view.pools) {
    if (total(*pool.counters, &PoolCounters::queued) == 0) continue;
    expose_histogram(Labels{{"pool", pool.name}}, *pool.counters, &PoolCounters::queue_time, out);
  }
}

void expose_mirrored(const View& view, Exposition& out) {
  using origin::mirror::Counters;
  out.begin(family("headgate_route_mirrored_total"));
  for (const RouteView& route : view.routes) {
    if (route.mirrored == nullptr) continue;
    const Labels labels{{"route", route.name}};
    out.sample(labels.with("outcome", "sent").text(), total(*route.mirrored, &Counters::sent));
    out.sample(labels.with("outcome", "busy").text(), total(*route.mirrored, &Counters::busy));
    out.sample(labels.with("outcome", "too_large").text(), total(*route.mirrored, &Counters::too_large));
    out.sample(labels.with("outcome", "incomplete").text(), total(*route.mirrored, &Counters::incomplete));
  }
}

}  // namespace

std::string expose(const View& view) {
  Exposition out;
  expose_process(view, out);
  expose_workers(view, out);
  expose_listeners(view, out);
  expose_routes(view, out);
  expose_compression(view, out);
  expose_mirrored(view, out);
  expose_caches(view, out);
  expose_geo(view, out);
  expose_dns(view, out);
  expose_pools(view, out);
  expose_protection(view, out);
  expose_backends(view, out);
  return out.take();
}

}  // namespace headgate::proxy::admin::metrics
