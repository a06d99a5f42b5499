#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace headgate::proxy::discovery {

/// Records that may not be kept at all are kept for so long, or a name server would be asked without a pause.
inline constexpr base::Duration kWaitMin = std::chrono::seconds(1);
/// After a look-up that failed, in whole or in part.
inline constexpr base::Duration kWaitAfterFailure = std::chrono::seconds(2);

/// From the end of one look-up to the next: as long as the records may be relied on, but kWaitMin at least and `every`
/// at most. `every` where DNS was not asked.
inline base::Duration wait_after(std::optional<base::Duration> ttl, base::Duration every, bool has_failed) {
  if (has_failed) return std::min(kWaitAfterFailure, every);
  return std::min(std::max(ttl.value_or(every), kWaitMin), every);
}

}  // namespace headgate::proxy::discovery
