#pragma once
#include <atomic>
#include <cstdint>

#include "proxy/cache/memory/body.h"
#include "proxy/cache/memory/s3_fifo.h"

namespace headgate::proxy::cache::memory {

inline constexpr std::uint32_t kNoSlot = 0xffff'ffff;

/// One entry's place in a store, on one cache line. Slots are never given back, so that a reader which comes late may
/// still pin one, see that it is another's, and let go.
struct alignas(64) Slot {
  Node node;
  const char* record = nullptr;
  Body* body = nullptr;
  /// The number up to which the entry was judged, times two, and one if a soft purge made it stale.
  std::atomic<std::uint64_t> judged{0};
  std::atomic<std::uint8_t> retired{0};  ///< out of the index for ever; freed with its last pin
  bool linked = false;                   ///< in the index; the store's lock, as all that follows
  bool taken = false;
  bool is_displaced = false;  ///< complete, and out of the index while another one that may fail is in its place
  std::uint32_t displaced = kNoSlot;  ///< whose place this one has while it grows
};
static_assert(sizeof(Slot) == 64);

}  // namespace headgate::proxy::cache::memory
