#include "proxy/listener/tls_share.h"

#include <algorithm>

namespace headgate::proxy::listener {

bool HandshakeRate::admit(double per_second, base::Time now) {
  if (per_second <= 0) return true;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto interval = static_cast<std::int64_t>(kSecond / per_second);
  // A second's worth, and never less than one.
  const std::int64_t spread = std::max(kSecond - interval, std::int64_t{0});
  const std::int64_t at = now.time_since_epoch().count();
  std::int64_t full_again = full_again_.load(std::memory_order_relaxed);
  while (true) {
    if (full_again > at + spread) return false;
    const std::int64_t next = std::max(full_again, at) + interval;
    if (full_again_.compare_exchange_weak(full_again, next, std::memory_order_relaxed)) return true;
  }
}

}  // namespace headgate::proxy::listener
