#include "proxy/cache/stage/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proxy/cache/disk/tier.h"

namespace headgate::proxy::cache::stage {

base::Result<std::shared_ptr<Store>> Store::open(const config::CacheStore& settings, std::size_t workers,
                                                 std::uint64_t seed, flight::Post post, LogLine log) {
  const memory::Bounds bounds{settings.memory, settings.max_object, static_cast<std::uint32_t>(workers)};
  base::Result<std::unique_ptr<memory::MemoryStore>> memory = memory::MemoryStore::open(bounds);
  if (!memory) return memory.error();
  std::shared_ptr<Store> out(new Store(settings, std::move(*memory), workers, seed, std::move(post)));
  if (settings.disk) {
    out->disk_ = std::make_unique<disk::Tier>(
        disk::Tier::Settings{settings.name, settings.disk->path, settings.disk->size, settings.max_object},
        disk::Tier::Surroundings{*out->memory_, out->book_, seed, std::move(log)});
  }
  return out;
}

Store::Store(const config::CacheStore& settings, std::unique_ptr<memory::MemoryStore> memory, std::size_t workers,
             std::uint64_t seed, flight::Post post)
    : settings_(settings),
      memory_(std::move(memory)),
      seed_(seed),
      post_(std::move(post)),
      flights_(workers, post_),
      loads_(std::make_shared<flight::Table>(workers, post_)),
      hottest_(workers),
      sweeper_(*memory_, book_) {}

Store::~Store() = default;

bool Store::has_disk(const std::optional<config::CacheDisk>& other) const {
  if (!settings_.disk || !other) return settings_.disk.has_value() == other.has_value();
  return settings_.disk->path == other->path && settings_.disk->size == other->size;
}

void Store::keep(const memory::Reference& entry) {
  if (disk_ != nullptr) disk_->keep(entry.again());
}

void Store::remove(const memory::Reference& entry) {
  // First there: who brings it into memory at this moment looks whether it is there still.
  if (disk_ != nullptr) disk_->drop(entry.record().key_hash());
  memory_->remove(entry);
}

std::uint64_t Store::purge(const purge::Purge& purge, std::function<void(bool)> done) {
  if (disk_ != nullptr) return disk_->purge(purge, std::move(done));
  const std::uint64_t number = book_.purge(purge);
  if (done) done(false);
  return number;
}

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
