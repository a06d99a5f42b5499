#pragma once
#include <array>

#include "base/counters.h"
#include "proxy/listener/connection_ending.h"

namespace headgate::proxy::listener {

/// What one worker counted of one listener.
struct ListenerCounters {
  base::Counter connections;          ///< accepted
  base::Counter connections_refused;  ///< over connections_per_client, or with a bad PROXY header
  base::Gauge connections_open;
  base::Gauge connections_active;  ///< of those, with a request under way, or with a backend
  base::Counter accept_pauses;     ///< out of descriptors or at the limit of connections
  base::Counter requests;
  base::Counter refused_requests;   ///< malformed or over a limit: answered before any route was looked for
  base::Counter unrouted_requests;  ///< 404: no route matched
  base::Counter bytes_received;
  base::Counter bytes_sent;
  std::array<base::Counter, kConnectionEndings> endings;  ///< of connections without requests, by how they ended
  base::Counter http2_connections;                        ///< of those accepted
  static constexpr std::size_t kFloods = 9;
  std::array<base::Counter, kFloods> http2_floods;  ///< connections ended for one, in the order of wire::http2::Flood
};

}  // namespace headgate::proxy::listener
