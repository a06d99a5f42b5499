#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counters.h"

namespace headgate::proxy::cache::stage {

/// What a route's cache came to for one request. One table feeds the access log, the metrics and the pages.
enum class Outcome : std::uint8_t {
  kHit,           ///< from the store, fresh
  kStale,         ///< from the store, stale
  kRevalidated,   ///< from the store, after the origin said that it holds
  kCollapsed,     ///< of a fetch that another request had begun
  kMiss,          ///< fetched, and stored
  kPass,          ///< fetched, and not stored; or not the cache's affair
  kFailed,        ///< there was no answer, and nothing to stand in for it
  kOnlyIfCached,  ///< 504: the client wanted nothing from the origin
  kPurge,         ///< the request was a PURGE
  kCount,
};
inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::kCount);

/// "hit", "stale" and so on.
std::string_view word_of(Outcome outcome);

/// Where an answer came from.
enum class Tier : std::uint8_t { kMemory, kDisk, kOrigin, kCount };
inline constexpr std::size_t kTiers = static_cast<std::size_t>(Tier::kCount);

/// "memory" and so on.
std::string_view word_of(Tier tier);

/// Ages of stored answers, in seconds, in buckets whose inclusive upper bounds are 0, 1, 3, 7 and so on to 2^20 - 1
/// (twelve days); the last has no bound.
class AgeHistogram {
 public:
  static constexpr std::size_t kBuckets = 22;

  void record(std::int64_t seconds) {
    const auto age = static_cast<std::uint64_t>(seconds < 0 ? 0 : seconds);
    buckets_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(age)), kBuckets - 1)].add();
    sum_.add(age);
  }
  static constexpr std::uint64_t upper_bound(std::size_t bucket) { return (std::uint64_t{1} << bucket) - 1; }

  std::uint64_t count(std::size_t bucket) const { return buckets_[bucket].value(); }
  std::uint64_t sum() const { return sum_.value(); }

 private:
  std::array<base::Counter, kBuckets> buckets_;
  base::Counter sum_;
};

/// What one worker counted of one route's cache.
struct Counters {
  std::array<base::Counter, kOutcomes> requests;  ///< by Outcome
  base::Counter stored_bytes;                     ///< of bodies that came from the store without a fetch
  base::Counter background;                       ///< revalidations beside an answer
  base::Counter invalidated;                      ///< by unsafe methods
  AgeHistogram ages;                              ///< of stored answers, as they were given

  std::array<base::LatencyHistogram, kTiers> durations;  ///< of whole requests, by Tier

  base::Counter& of(Outcome outcome) { return requests[static_cast<std::size_t>(outcome)]; }
  const base::Counter& of(Outcome outcome) const { return requests[static_cast<std::size_t>(outcome)]; }
};

}  // namespace headgate::proxy::cache::stage
