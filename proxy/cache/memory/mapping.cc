#include "proxy/cache/memory/mapping.h"

#include <sys/mman.h>

#include <cerrno>

#include <fmt/format.h>

namespace headgate::proxy::cache::memory {

base::Result<Mapping> Mapping::open(std::size_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return base::system_error(errno, fmt::format("reserve {} bytes for a cache", bytes));
  // Entries lie all over it: with small pages every look-up would miss the translation cache too.
  madvise(at, bytes, MADV_HUGEPAGE);
  return Mapping(static_cast<char*>(at), bytes);
}

Mapping::~Mapping() {
  if (at_ != nullptr) munmap(at_, bytes_);
}

}  // namespace headgate::proxy::cache::memory
