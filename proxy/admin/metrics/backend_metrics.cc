#include "proxy/admin/metrics/backend_metrics.h"

#include <unordered_set>

#include "proxy/admin/health_rows.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::admin::metrics {
namespace {

using balance::Backend;
using balance::BackendCounters;
using health::State;

constexpr std::array kStates = {State::kUp, State::kDown, State::kEjected, State::kDraining, State::kDisabled};

struct BackendSeries {
  Labels labels;
  const Backend* backend;
  std::uint32_t weight;
  const health::Row* row;  // null: the table does not know it yet
};

std::vector<BackendSeries> series_of(const View& view, const HealthRows& rows) {
  std::vector<BackendSeries> out;
  for (const PoolView& pool : view.pools) {
    if (!pool.version) continue;
    std::unordered_set<const Backend*> seen;
    for (const balance::PoolVersion::Member& member : pool.version->members) {
      const Backend& backend = *member.backend;
      if (!seen.insert(&backend).second) continue;
      out.push_back({Labels{{"pool", pool.name}, {"backend", backend.id()}, {"address", backend.address_text()}},
                     &backend, member.weight, rows.find(pool.name, backend.id(), backend.address_text())});
    }
  }
  return out;
}

void expose_counter(const Family& of, const std::vector<BackendSeries>& all, base::Counter BackendCounters::* number,
                    Exposition& out) {
  out.begin(of);
  for (const BackendSeries& each : all) out.sample(each.labels.text(), total(each.backend->counters(), number));
}

void expose_states(const std::vector<BackendSeries>& all, Exposition& out) {
  out.begin(family("headgate_backend_up"));
  for (const BackendSeries& each : all) {
    out.sample(each.labels.text(), std::uint64_t{each.backend->health().takes_requests()});
  }
  out.begin(family("headgate_backend_state"));
  for (const BackendSeries& each : all) {
    const State now = each.backend->health().state();
    for (const State state : kStates) {
      out.sample(each.labels.with("state", health::to_string(state)).text(), std::uint64_t{state == now});
    }
  }
  out.begin(family("headgate_backend_state_since_seconds"));
  for (const BackendSeries& each : all) {
    if (each.row != nullptr) out.sample(each.labels.text(), each.row->since);
  }
}

void expose_load(const std::vector<BackendSeries>& all, Exposition& out) {
  out.begin(family("headgate_backend_weight"));
  for (const BackendSeries& each : all) out.sample(each.labels.text(), std::uint64_t{each.weight});
  out.begin(family("headgate_backend_weight_share"));
  for (const BackendSeries& each : all) {
    out.sample(each.labels.text(), each.backend->health().weight_percent() / 100.0);
  }
  out.begin(family("headgate_backend_load"));
  for (const BackendSeries& each : all) {
    if (each.row != nullptr && each.row->load) out.sample(each.labels.text(), *each.row->load);
  }
  out.begin(family("headgate_backend_requests_in_flight"));
  for (const BackendSeries& each : all) {
    out.sample(each.labels.text(), std::uint64_t{each.backend->requests_in_flight.load(std::memory_order_relaxed)});
  }
  out.begin(family("headgate_backend_connections_open"));
  for (const BackendSeries& each : all) {
    out.sample(each.labels.text(), std::uint64_t{each.backend->connections_open.load(std::memory_order_relaxed)});
  }
}

void expose_checks(const std::vector<BackendSeries>& all, Exposition& out) {
  out.begin(family("headgate_backend_checks_total"));
  for (const BackendSeries& each : all) {
    if (each.row == nullptr) continue;
    out.sample(each.labels.with("result", "ok").text(), each.row->checks_ok);
    out.sample(each.labels.with("result", "failed").text(), each.row->checks_failed);
  }
  out.begin(family("headgate_backend_ejections_total"));
  for (const BackendSeries& each : all) {
    if (each.row != nullptr) out.sample(each.labels.text(), std::uint64_t{each.row->ejections});
  }
}

void expose_handshakes(const std::vector<BackendSeries>& all, Exposition& out) {
  out.begin(family("headgate_backend_tls_handshakes_total"));
  for (const BackendSeries& each : all) {
    const std::uint64_t full = total(each.backend->counters(), &BackendCounters::tls_full);
    const std::uint64_t resumed = total(each.backend->counters(), &BackendCounters::tls_resumed);
    if (full + resumed == 0) continue;  // most are spoken to without
    out.sample(each.labels.with("kind", "full").text(), full);
    out.sample(each.labels.with("kind", "resumed").text(), resumed);
  }
}

void expose_responses(const std::vector<BackendSeries>& all, Exposition& out) {
  out.begin(family("headgate_backend_responses_total"));
  for (const BackendSeries& each : all) {
    for (std::size_t first_digit = 1; first_digit < kStatusClasses.size(); ++first_digit) {
      out.sample(each.labels.with("class", kStatusClasses[first_digit]).text(),
                 total_of(each.backend->counters(),
                          [=](const BackendCounters& one) { return one.responses[first_digit].value(); }));
    }
  }
}

void expose_entries(const View& view, Exposition& out) {
  out.begin(family("headgate_backend_session_entries"));
  for (const PoolView& pool : view.pools) {
    if (!pool.version || pool.version->sessions == nullptr) continue;
    const std::map<std::uint64_t, std::size_t> entries = pool.version->sessions->sessions().entries_by_backend();
    for (const balance::PoolVersion::Member& member : pool.version->members) {
      const auto known = entries.find(member.identity);
      const Backend& backend = *member.backend;
      out.sample(Labels{{"pool", pool.name}, {"backend", backend.id()}, {"address", backend.address_text()}}.text(),
                 std::uint64_t{known == entries.end() ? 0 : known->second});
    }
  }
}

}  // namespace

void expose_backends_by_state(const View& view, Exposition& out) {
  out.begin(family("headgate_pool_backends"));
  for (const PoolView& pool : view.pools) {
    std::array<std::uint64_t, kStates.size()> counts{};
    if (pool.version) {
      for (const balance::PoolVersion::Member& member : pool.version->members) {
        ++counts[static_cast<std::size_t>(member.backend->health().state())];
      }
    }
    const Labels labels{{"pool", pool.name}};
    for (const State state : kStates) {
      out.sample(labels.with("state", health::to_string(state)).text(), counts[static_cast<std::size_t>(state)]);
    }
  }
}

void expose_backends(const View& view, Exposition& out) {
  const HealthRows rows(view.health);
  const std::vector<BackendSeries> all = series_of(view, rows);
  expose_states(all, out);
  expose_load(all, out);
  expose_counter(family("headgate_backend_requests_total"), all, &BackendCounters::requests, out);
  expose_responses(all, out);
  expose_counter(family("headgate_backend_connections_opened_total"), all, &BackendCounters::connections_opened, out);
  expose_counter(family("headgate_backend_connections_reused_total"), all, &BackendCounters::connections_reused, out);
  expose_counter(family("headgate_backend_connect_failures_total"), all, &BackendCounters::connect_failures, out);
  expose_handshakes(all, out);
  expose_counter(family("headgate_backend_sessions_total"), all, &BackendCounters::sessions, out);
  expose_entries(view, out);
  expose_counter(family("headgate_backend_failures_total"), all, &BackendCounters::failures, out);
  expose_counter(family("headgate_backend_given_up_total"), all, &BackendCounters::given_up, out);
  expose_counter(family("headgate_backend_sent_bytes_total"), all, &BackendCounters::bytes_sent, out);
  expose_counter(family("headgate_backend_received_bytes_total"), all, &BackendCounters::bytes_received, out);
  expose_checks(all, out);
  out.begin(family("headgate_backend_response_time_seconds"));
  for (const BackendSeries& each : all) {
    if (total(each.backend->counters(), &BackendCounters::requests) == 0) continue;
    expose_histogram(each.labels, each.backend->counters(), &BackendCounters::response_time, out);
  }
}

}  // namespace headgate::proxy::admin::metrics
