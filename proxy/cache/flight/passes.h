#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "proxy/cache/key/primary.h"

namespace headgate::proxy::cache::flight {

/// Keys whose last answer could not be shared, for a while: requests for them do not wait for one another. Of a fixed
/// size, without locks; a key may be forgotten early, and one in four thousand million may be taken for another, which
/// costs a fetch that could have been shared.
class Passes {
 public:
  static constexpr std::size_t kPlaces = 4096;
  static constexpr std::chrono::seconds kLength{60};

  void add(key::Hash hash, base::Time now) {
    place_of(hash).store(print_of(hash) | until_of(now), std::memory_order_relaxed);
  }
  void remove(key::Hash hash) {
    if (is_of(place_of(hash).load(std::memory_order_relaxed), hash)) place_of(hash).store(0, std::memory_order_relaxed);
  }
  bool has(key::Hash hash, base::Time now) const {
    const std::uint64_t word = places_[hash.low % kPlaces].load(std::memory_order_relaxed);
    return is_of(word, hash) && static_cast<std::uint32_t>(word) > seconds_of(now);
  }

 private:
  static std::uint64_t print_of(key::Hash hash) { return hash.high >> 32 << 32; }
  static bool is_of(std::uint64_t word, key::Hash hash) { return word != 0 && (word ^ hash.high) >> 32 == 0; }
  static std::uint32_t seconds_of(base::Time now);
  static std::uint32_t until_of(base::Time now);
  std::atomic<std::uint64_t>& place_of(key::Hash hash) { return places_[hash.low % kPlaces]; }

  std::array<std::atomic<std::uint64_t>, kPlaces> places_{};
};

}  // namespace headgate::proxy::cache::flight
