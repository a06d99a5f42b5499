#include "net/buffer_pool.h"

#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEADGATE_POISONS 1  // the sanitizer must know which spare bytes are nobody's
#include <sanitizer/asan_interface.h>
#endif
#endif

namespace headgate::net {
namespace {

void poison([[maybe_unused]] char* data, [[maybe_unused]] std::size_t size) {
#ifdef HEADGATE_POISONS
  ASAN_POISON_MEMORY_REGION(data, size);
#endif
}

void unpoison([[maybe_unused]] char* data, [[maybe_unused]] std::size_t size) {
#ifdef HEADGATE_POISONS
  ASAN_UNPOISON_MEMORY_REGION(data, size);
#endif
}

}  // namespace

BufferPool::~BufferPool() {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    for (char* data : spare_[i]) {
      unpoison(data, kSizes[i]);
      ::operator delete(data);
    }
  }
}

Buffer BufferPool::borrow(std::size_t bytes) {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    if (bytes > kSizes[i]) continue;
    count_lent(static_cast<std::ptrdiff_t>(kSizes[i]));
    if (spare_[i].empty()) return Buffer(this, static_cast<char*>(::operator new(kSizes[i])), kSizes[i]);
    char* data = spare_[i].back();
    spare_[i].pop_back();
    unpoison(data, kSizes[i]);
    return Buffer(this, data, kSizes[i]);
  }
  count_lent(static_cast<std::ptrdiff_t>(bytes));
  return Buffer(this, static_cast<char*>(::operator new(bytes)), bytes);
}

void BufferPool::give_back(char* data, std::size_t size) {
  count_lent(-static_cast<std::ptrdiff_t>(size));
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    if (size != kSizes[i]) continue;
    if ((spare_[i].size() + 1) * size > kSpareBytesMax) break;
    poison(data, size);
    spare_[i].push_back(data);
    return;
  }
  ::operator delete(data);
}

}  // namespace headgate::net
