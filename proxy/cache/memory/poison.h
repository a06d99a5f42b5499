#pragma once
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEADGATE_POISON 1
#include <sanitizer/asan_interface.h>
#endif
#endif

// AddressSanitizer knows nothing of a heap within one mapping; where it watches, it is told what may be touched.
namespace headgate::proxy::cache::memory {

inline void forbid([[maybe_unused]] const void* at, [[maybe_unused]] std::size_t bytes) {
#ifdef HEADGATE_POISON
  __asan_poison_memory_region(at, bytes);
#endif
}
inline void allow([[maybe_unused]] const void* at, [[maybe_unused]] std::size_t bytes) {
#ifdef HEADGATE_POISON
  __asan_unpoison_memory_region(at, bytes);
#endif
}

}  // namespace headgate::proxy::cache::memory
