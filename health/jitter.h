#pragma once
#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace headgate::health {

/// `interval` give or take a tenth of it, so that many instances do not come to knock at the same moment.
inline base::Duration jittered(base::Duration interval, base::Random& random) {
  constexpr std::uint32_t kParts = 1u << 16;
  const base::Duration part = interval / (5 * kParts);  // divided first: an interval of weeks would overflow
  return interval - interval / 10 + part * random.below(kParts);
}

}  // namespace headgate::health
