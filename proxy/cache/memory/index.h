#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "proxy/cache/key/primary.h"
#include "proxy/cache/memory/mapping.h"

namespace headgate::proxy::cache::memory {

/// Key hash -> slot, of a fixed size: buckets of one cache line, seven words in each. A word is 32 bits of the hash and
/// a slot's number, and never moves while its entry is there, so that reading takes no lock and misses nothing. At most
/// four sevenths full; who finds its bucket full goes to the next, up to seven further, which the bucket counts. One
/// writer at a time.
class Index {
 public:
  static constexpr std::size_t kWays = 7;
  static constexpr std::size_t kFurtherMax = 7;
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  using Word = std::atomic<std::uint64_t>;

  static base::Result<Index> open(std::size_t slots);
  static std::size_t bytes_for(std::size_t slots) { return (slots / 4 + 1) * sizeof(Bucket); }

  static std::uint32_t slot_of(std::uint64_t word) { return static_cast<std::uint32_t>(word) - 1; }

  /// Calls `is_it(word's place, its value)` for each word that may be the key's until it is true; whether it was.
  template <class IsIt>
  bool find(key::Hash hash, IsIt is_it) const {
    const std::uint64_t tag = hash.high >> 32 << 32;
    std::size_t at = home_of(hash);
    for (std::size_t further = 0; further <= kFurtherMax; ++further) {
      Bucket& bucket = buckets()[at];
      for (Word& word : bucket.words) {
        const std::uint64_t value = word.load(std::memory_order_acquire);
        if (value != 0 && (value ^ tag) >> 32 == 0 && is_it(word, value)) return true;
      }
      if (bucket.went_further.load(std::memory_order_acquire) == 0) return false;
      if (++at == buckets_) at = 0;
    }
    return false;
  }

  /// False where all its buckets are full; `in_the_way` then is a slot of its first one.
  bool add(key::Hash hash, std::uint32_t slot, std::uint32_t& in_the_way);
  /// Its word says `heir` from now on; false if the slot is not there.
  bool replace(key::Hash hash, std::uint32_t slot, std::uint32_t heir);
  bool remove(key::Hash hash, std::uint32_t slot);

 private:
  struct alignas(64) Bucket {
    Word words[kWays];
    std::atomic<std::uint64_t> went_further;
  };
  explicit Index(Mapping mapping) : mapping_(std::move(mapping)), buckets_(mapping_.bytes() / sizeof(Bucket)) {}
  Bucket* buckets() const { return reinterpret_cast<Bucket*>(mapping_.at()); }
  std::size_t home_of(key::Hash hash) const {
    return static_cast<std::size_t>((static_cast<unsigned __int128>(hash.low) * buckets_) >> 64);
  }
  static std::uint64_t word_of(key::Hash hash, std::uint32_t slot) { return (hash.high >> 32 << 32) | (slot + 1); }
  bool put(key::Hash hash, std::uint32_t slot, std::uint64_t value);

  Mapping mapping_;
  std::size_t buckets_;
};

}  // namespace headgate::proxy::cache::memory
