#pragma once
#include <cstdint>

#include "base/counters.h"

namespace headgate::proxy::origin::mirror {

/// What one worker counted of one route's copies.
struct Counters {
  base::Counter sent;
  base::Counter busy;        ///< not sent: too many were under way
  base::Counter too_large;   ///< not sent: the body was longer than is kept
  base::Counter incomplete;  ///< not sent: the body did not come to its end

  // The worker's own.
  std::uint64_t seen = 0;       ///< requests that might have been copied
  std::uint32_t under_way = 0;  ///< copies
};

}  // namespace headgate::proxy::origin::mirror
