#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "proxy/dns/server/counters.h"
#include "wire/dns/query.h"

namespace headgate::proxy::dns::server {

/// What is told of a query that was answered, or not. Views live as long as the call that gets it.
struct QueryRecord {
  base::WallTime came_at;
  base::Duration took{0};  ///< to make the answer
  base::IpAddress from;
  Transport transport = Transport::kUdp;
  const wire::dns::Query* query = nullptr;  ///< as far as it was understood
  std::string_view pool;                    ///< of a geo name; empty: it was none
  std::string_view region;                  ///< whose addresses the answer has; empty: no one's alone
  std::string_view reason;                  ///< why; empty: no geo name
  std::string_view rcode;                   ///< "NXDOMAIN": that was answered, or would have been
  std::string_view detail;                  ///< "over the rate: dropped"; empty: there is nothing more to say
  std::size_t query_bytes = 0;
  std::size_t answer_bytes = 0;  ///< 0: nobody was answered
};

/// Takes note of queries: the access log.
class QueryObserver {
 public:
  virtual ~QueryObserver() = default;
  /// Whether the next one is to be told.
  virtual bool wants() = 0;
  virtual void answered(std::string_view listener, const QueryRecord& record) = 0;
};

}  // namespace headgate::proxy::dns::server
