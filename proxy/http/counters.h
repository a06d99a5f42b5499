#pragma once
#include "base/counters.h"

namespace headgate::proxy::http {

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
