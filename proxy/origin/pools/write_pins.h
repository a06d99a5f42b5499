#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.h"

namespace headgate::proxy::origin::pools {

/// Which clients wrote lately, and until when each reads from where it wrote. All workers share it without a lock.
///
/// Clients whose hash has the same place share one moment, the later one counts: none is ever forgotten too early, and
/// a few read from the writer that need not. Bounds: kPlaces moments, 512 KiB.
class WritePins {
 public:
  static constexpr std::size_t kPlaces = 65'536;

  WritePins();

  void pin(std::uint64_t client, base::Time until);
  bool is_pinned(std::uint64_t client, base::Time now) const;

 private:
  std::unique_ptr<std::atomic<std::int64_t>[]> until_ns_;  // of the steady clock; 0: nobody
};

}  // namespace headgate::proxy::origin::pools
