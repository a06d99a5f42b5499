#pragma once
#include <string>

#include "proxy/admin/history/latencies.h"
#include "proxy/admin/history/recent.h"
#include "proxy/admin/json_values.h"
#include "proxy/admin/metrics/sums.h"

namespace headgate::proxy::admin {

/// Answers by the first digit of their status, {"2xx": 17, ...}, from class `first` on: 0 is "none", of exchanges that
/// ended without one.
template <class Counters>
Json responses_json(const base::PerWorker<Counters>& counters, std::size_t first) {
  Json out = Json::object();
  for (std::size_t i = first; i < metrics::kStatusClasses.size(); ++i) {
    out[std::string(metrics::kStatusClasses[i])] =
        metrics::total_of(counters, [i](const Counters& each) { return each.responses[i].value(); });
  }
  return out;
}

/// {"p50": 1.2, "p95": 3.4, "p99": 5.6} in milliseconds, to a microsecond; null each where there are no durations.
Json latency_json(const history::LatencyCounts& counts);

/// Of what a histogram counted in the last while.
template <class Counters>
Json latency_json(const history::Recent& recent, const base::PerWorker<Counters>& counters,
                  base::LatencyHistogram Counters::* histogram) {
  return latency_json(recent.since(&counters, metrics::latencies_of(counters, histogram)));
}

struct ListenerView;

/// What a listener shows over TLS and what its handshakes came to; null for a plain one.
Json tls_json(const ListenerView& listener);

}  // namespace headgate::proxy::admin
