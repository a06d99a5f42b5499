#include "proxy/origin/pools/write_pins.h"

namespace headgate::proxy::origin::pools {

WritePins::WritePins() : until_ns_(std::make_unique<std::atomic<std::int64_t>[]>(kPlaces)) {}

void WritePins::pin(std::uint64_t client, base::Time until) {
  std::atomic<std::int64_t>& place = until_ns_[client % kPlaces];
  const std::int64_t wanted = until.time_since_epoch().count();
  std::int64_t seen = place.load(std::memory_order_relaxed);
  while (seen < wanted && !place.compare_exchange_weak(seen, wanted, std::memory_order_relaxed)) {
  }
}

bool WritePins::is_pinned(std::uint64_t client, base::Time now) const {
  return now.time_since_epoch().count() < until_ns_[client % kPlaces].load(std::memory_order_relaxed);
}

}  // namespace headgate::proxy::origin::pools
