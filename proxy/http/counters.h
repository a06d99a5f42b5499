#pragma once
#include "base/counters.h"

namespace headgate::proxy::http {

/// What one worker counted of one listener.
struct ListenerCounters {
  base::Counter connections;          ///< accepted
  base::Counter connections_refused;  ///< over connections_per_client, or with a bad PROXY header
  base::Gauge connections_open;
  base::Gauge connections_active;  ///< of those, with a request under way
  base::Counter accept_pauses;     ///< out of descriptors or at the limit of connections
  base::Counter requests;
  base::Counter refused_requests;   ///< malformed or over a limit: answered before any route was looked for
  base::Counter unrouted_requests;  ///< 404: no route matched
  base::Counter bytes_received;
  base::Counter bytes_sent;
};

/// What one worker counted of one route.
struct RouteCounters {
  base::Counter requests;
  base::Counter responses[6];  ///< by the first digit of the status; [0]: none was sent
  base::Counter rate_limited;
  base::Counter client_gone;  ///< the client closed before its answer was complete
  base::Counter request_body_bytes;
  base::Counter response_body_bytes;
  base::LatencyHistogram duration;  ///< from the head to the last byte of the answer
};

}  // namespace headgate::proxy::http
