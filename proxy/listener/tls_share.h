#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/counters.h"
#include "base/per_worker.h"
#include "net/tls/facts.h"
#include "net/tls/sessions.h"
#include "net/tls/staples.h"

namespace headgate::proxy::listener {

/// What one worker counted of one listener's TLS.
struct TlsCounters {
  base::Counter full;     ///< handshakes
  base::Counter resumed;  ///< handshakes that took up a session again
  std::array<base::Counter, net::tls::kFailures> failed;
  base::Counter limited;  ///< connections closed before their handshake, over limits.handshakes
};

/// How many handshakes a listener may begin in a second, over all workers; a second's worth may come at once. One
/// atomic, the time at which all of that will be free again (as in route::RateLimiter).
class HandshakeRate {
 public:
  bool admit(double per_second, base::Time now);

 private:
  std::atomic<std::int64_t> full_again_{0};  // ns of the steady clock
};

/// What the workers share of one listener's TLS. Outlives reloads. A process that follows this one in place is to be
/// given sessions.tickets.keys().
struct TlsShare {
  explicit TlsShare(std::size_t workers) : counters(workers) {}
  net::tls::Sessions sessions;
  net::tls::Staples staples;
  HandshakeRate rate;
  base::PerWorker<TlsCounters> counters;
};

}  // namespace headgate::proxy::listener
