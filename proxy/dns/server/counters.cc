#include "proxy/dns/server/counters.h"

#include <algorithm>

#include "base/result.h"

namespace headgate::proxy::dns::server {

std::string_view to_string(Transport transport) {
  return transport == Transport::kUdp ? "udp" : "tcp";
}

std::size_t index_of(wire::dns::Rcode rcode) {
  const auto found = std::find(kRcodes.begin(), kRcodes.end(), rcode);
  if (found == kRcodes.end()) base::invariant_broken("an answer of DNS has a code that is not counted");
  return static_cast<std::size_t>(found - kRcodes.begin());
}

std::string_view reason_text(std::size_t reason) {
  if (reason == kFailover) return "failover";
  if (reason == kLastResort) return "last_resort";
  return geoip::to_string(static_cast<geoip::Why>(reason));
}

}  // namespace headgate::proxy::dns::server
