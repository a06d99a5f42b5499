#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/per_worker.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/cache/flight/passes.h"
#include "proxy/cache/flight/table.h"
#include "proxy/cache/hottest/hottest.h"
#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/purge/book.h"
#include "proxy/cache/stage/sweeper.h"

namespace headgate::proxy::cache::stage {

/// One of `caches`, shared by all workers and by the routes that name it. Outlives reloads.
class Store {
 public:
  static base::Result<std::shared_ptr<Store>> open(const config::CacheStore& settings, std::size_t workers,
                                                   std::uint64_t seed, flight::Post post);

  const std::string& name() const { return settings_.name; }
  const config::CacheStore& settings() const { return settings_; }
  /// Whether these settings are for a store of this size.
  bool has_size(const config::CacheStore& other) const {
    return settings_.memory == other.memory && settings_.max_object == other.max_object;
  }

  memory::MemoryStore& memory() { return *memory_; }
  const memory::MemoryStore& memory() const { return *memory_; }
  purge::Book& book() { return book_; }
  const purge::Book& book() const { return book_; }
  flight::Table& flights() { return flights_; }
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

  config::CacheStore settings_;
  std::unique_ptr<memory::MemoryStore> memory_;
  purge::Book book_;
  std::uint64_t seed_;
  std::atomic<std::uint64_t> markers_{0};
  flight::Table flights_;
  flight::Passes passes_;
  base::PerWorker<hottest::Hottest> hottest_;
  Sweeper sweeper_;
};

}  // namespace headgate::proxy::cache::stage
