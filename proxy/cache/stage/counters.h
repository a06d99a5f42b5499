#pragma once
#include <array>
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

/// What one worker counted of one route's cache.
struct Counters {
  std::array<base::Counter, kOutcomes> requests;  ///< by Outcome
  base::Counter stored_bytes;                     ///< of bodies that came from the store without a fetch
  base::Counter background;                       ///< revalidations beside an answer
  base::Counter invalidated;                      ///< by unsafe methods

  base::Counter& of(Outcome outcome) { return requests[static_cast<std::size_t>(outcome)]; }
  const base::Counter& of(Outcome outcome) const { return requests[static_cast<std::size_t>(outcome)]; }
};

}  // namespace headgate::proxy::cache::stage
