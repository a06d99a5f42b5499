#include "proxy/cache/flight/passes.h"

#include <chrono>

namespace headgate::proxy::cache::flight {

std::uint32_t Passes::seconds_of(base::Time now) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

std::uint32_t Passes::until_of(base::Time now) {
  return seconds_of(now + kLength);
}

}  // namespace headgate::proxy::cache::flight
