#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/cache/rules/reason.h"
#include "proxy/cache/rules/reuse.h"

namespace headgate::proxy::cache::rules {

/// Why a request went on to the origin (RFC 9211 section 2.2).
enum class Forwarded : std::uint8_t { kNo, kBypass, kMethod, kUriMiss, kVaryMiss, kRequest, kStale, kPartial };
/// "uri-miss" and so on; empty for kNo.
std::string_view to_string(Forwarded forwarded);

/// The one that a verdict of judge_reuse() or a refusal of judge_request() comes to; kNo where the request does not go
/// on. What only the store can tell (kVaryMiss, kPartial) is the caller's to say.
Forwarded forwarded_for(const Reuse& reuse);
Forwarded forwarded_for(Reason refusal);

/// What one member of Cache-Status says of this cache (RFC 9211 section 2). Whoever gives what is stored without asking
/// the origin says a hit; hit and forwarded exclude each other.
struct CacheStatus {
  std::string_view cache = "headgate";  ///< who says it: a token, or written as a string
  bool hit = false;
  Forwarded forwarded = Forwarded::kNo;
  std::optional<std::uint16_t> forward_status;  ///< of the origin's answer, where it is not the one that is given
  std::optional<std::chrono::seconds> ttl;
  bool stored = false;
  bool collapsed = false;
  std::string_view detail;  ///< word_of() a reason; empty: none
  std::string_view key;     ///< empty: not told
};

/// Enough for everything but the key.
inline constexpr std::size_t kCacheStatusBytes = 192;

/// The member's text in `memory`; parameters that do not fit are left out, the key (the longest) first. Allocates
/// nothing.
std::string_view write_cache_status(const CacheStatus& status, std::span<char> memory);

/// What nearly all answers that are given from what is stored say, as field lines of HTTP/1: Age, and Cache-Status of a
/// fresh hit. At most kFreshHitBytes, of which the end is returned. Both numbers are not negative.
inline constexpr std::size_t kFreshHitBytes = 128;
char* write_fresh_hit(std::chrono::seconds age, std::chrono::seconds ttl, char* out);

}  // namespace headgate::proxy::cache::rules
