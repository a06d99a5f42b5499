#include "proxy/cache/stage/store.h"

#include <fmt/format.h>
#include <algorithm>

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
    : settings_(settings),
      memory_(std::move(memory)),
      seed_(seed),
      flights_(workers, std::move(post)),
      hottest_(workers),
      sweeper_(*memory_, book_) {}

std::vector<hottest::Row> Store::hottest_keys(base::Time now, std::size_t most) const {
  std::vector<hottest::Hottest::Sum> sums;
  double seconds = 0;
  for (std::size_t worker = 0; worker < hottest_.size(); ++worker) {
    seconds = std::max(seconds, hottest_.of(worker).add_to(sums, now));
  }
  return hottest::hottest_of(std::move(sums), seconds, most);
}

std::string_view Store::new_marker_word(base::Arena& arena) {
  constexpr std::size_t kBytes = 10;
  const std::uint64_t number = markers_.fetch_add(1, std::memory_order_relaxed);
  const key::Hash hash = hash_of({reinterpret_cast<const char*>(&number), sizeof number});
  char* const out = arena.take(kBytes);
  fmt::format_to_n(out, kBytes, "\n#{:08x}", static_cast<std::uint32_t>(hash.low));
  return {out, kBytes};
}

}  // namespace headgate::proxy::cache::stage
