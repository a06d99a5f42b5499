#pragma once
#include <atomic>
#include <cstdint>

#include "base/counters.h"

namespace headgate::proxy::cache::disk {

/// What a tier counted since the process began. Those of a thread alone are its own; the others' writers take turns.
struct Figures {
  // The reading thread's.
  base::Counter hits;                   ///< objects that came back whole
  base::Counter gone;                   ///< that had been looked for, and were overwritten, purged or another's
  base::Counter damaged;                ///< that did not hold their checksums
  base::Counter no_room;                ///< that the memory tier had no room for
  base::Counter read_bytes;             ///< of bodies
  base::LatencyHistogram read_latency;  ///< of an object, or of a piece of a large one

  // The writing thread's.
  base::Counter written;                 ///< objects
  base::Counter written_bytes;           ///< what they take
  base::Counter reinserted;              ///< that were written once more, since somebody had wanted them
  base::Counter discarded;               ///< that were written over
  base::Counter torn;                    ///< large ones that did not come to their end
  base::Counter too_large;               ///< that no segment has room for
  base::LatencyHistogram write_latency;  ///< of a write of some objects, or of a piece of a large one

  // Any thread's.
  std::atomic<std::uint64_t> failures{0};        ///< of the disk, that turned the tier off
  std::atomic<std::uint64_t> misses{0};          ///< looked for, and not there
  std::atomic<std::uint64_t> skipped_reads{0};   ///< the queue was full
  std::atomic<std::uint64_t> skipped_writes{0};  ///< the queue was full
};

}  // namespace headgate::proxy::cache::disk
