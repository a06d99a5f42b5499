#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/log.h"
#include "base/per_worker.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/cache/flight/passes.h"
#include "proxy/cache/flight/table.h"
#include "proxy/cache/hottest/hottest.h"
#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/purge/book.h"
#include "proxy/cache/stage/sweeper.h"

namespace headgate::proxy::cache::disk {
class Tier;
}

namespace headgate::proxy::cache::stage {

/// One of `caches`, shared by all workers and by the routes that name it. Outlives reloads.
class Store {
 public:
  using LogLine = std::function<void(base::LogLevel, const std::string&)>;

  static base::Result<std::shared_ptr<Store>> open(
      const config::CacheStore& settings, std::size_t workers, std::uint64_t seed, flight::Post post,
      LogLine log = [](base::LogLevel, const std::string&) {});

  ~Store();

  const std::string& name() const { return settings_.name; }
  const config::CacheStore& settings() const { return settings_; }
  /// Whether these settings are for a store of this size.
  bool has_size(const config::CacheStore& other) const {
    return settings_.memory == other.memory && settings_.max_object == other.max_object && has_disk(other.disk);
  }

  memory::MemoryStore& memory() { return *memory_; }
  const memory::MemoryStore& memory() const { return *memory_; }
  purge::Book& book() { return book_; }
  const purge::Book& book() const { return book_; }
  /// Null: there is none.
  disk::Tier* disk() const { return disk_.get(); }
  flight::Table& flights() { return flights_; }
  /// Reads of the disk that are under way.
  const std::shared_ptr<flight::Table>& loads() { return loads_; }
  const flight::Post& post() const { return post_; }

  /// An entry that has become complete in memory goes to the disk as well.
  void keep(const memory::Reference& entry);
  /// What is stored of its key is not to be used again, in any tier.
  void remove(const memory::Reference& entry);
  /// In force in all tiers when it returns. `done` hears, on some thread, whether it outlives the process.
  std::uint64_t purge(const purge::Purge& purge, std::function<void(bool)> done = {});
  flight::Passes& passes() { return passes_; }
  /// The control thread's.
  Sweeper& sweeper() { return sweeper_; }
  hottest::Hottest& hottest(std::size_t worker) { return hottest_.of(worker); }
  /// The `most` keys that all workers were asked for most, of late. From any thread.
  std::vector<hottest::Row> hottest_keys(base::Time now, std::size_t most) const;
  /// For a marker that is made anew (see Marker::word()).
  std::string_view new_marker_word(base::Arena& arena);
  key::Hash hash_of(std::string_view key) const { return key::hash_of(key, seed_); }

 private:
  Store(const config::CacheStore& settings, std::unique_ptr<memory::MemoryStore> memory, std::size_t workers,
        std::uint64_t seed, flight::Post post);
  bool has_disk(const std::optional<config::CacheDisk>& other) const;

  config::CacheStore settings_;
  std::unique_ptr<memory::MemoryStore> memory_;
  purge::Book book_;
  std::uint64_t seed_;
  std::atomic<std::uint64_t> markers_{0};
  flight::Post post_;
  flight::Table flights_;
  std::shared_ptr<flight::Table> loads_;
  flight::Passes passes_;
  base::PerWorker<hottest::Hottest> hottest_;
  Sweeper sweeper_;
  std::unique_ptr<disk::Tier> disk_;  // its threads use the memory and the book
};

}  // namespace headgate::proxy::cache::stage
