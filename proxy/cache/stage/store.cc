#include "proxy/cache/stage/store.h"

#include <utility>

namespace headgate::proxy::cache::stage {

base::Result<std::shared_ptr<Store>> Store::open(const config::CacheStore& settings, std::size_t workers,
                                                 std::uint64_t seed, flight::Post post) {
  const memory::Bounds bounds{settings.memory, settings.max_object, static_cast<std::uint32_t>(workers)};
  base::Result<std::unique_ptr<memory::MemoryStore>> memory = memory::MemoryStore::open(bounds);
  if (!memory) return memory.error();
  return std::shared_ptr<Store>(new Store(settings, std::move(*memory), workers, seed, std::move(post)));
}

Store::Store(const config::CacheStore& settings, std::unique_ptr<memory::MemoryStore> memory, std::size_t workers,
             std::uint64_t seed, flight::Post post)
    : settings_(settings), memory_(std::move(memory)), seed_(seed), flights_(workers, std::move(post)) {}

}  // namespace headgate::proxy::cache::stage
