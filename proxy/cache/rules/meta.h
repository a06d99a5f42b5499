#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/clock.h"

namespace headgate::proxy::cache::rules {

/// Where a freshness lifetime came from.
enum class Source : std::uint8_t {
  kNone,  ///< nobody spoke of it: stale at once
  kTargeted,
  kSMaxage,
  kMaxAge,
  kExpires,
  kHeuristic,
  kPolicyTtl,
  kPolicyOverride,
  kPolicyNegative,
};

/// "s-maxage", "policy ttl" and so on, for explain and logs.
std::string_view to_string(Source source);

/// What is known of a stored response, worked out once when it is stored or revalidated, so that a hit compares two
/// times. Plain values without padding: it may be copied, compared and written to disk byte by byte.
struct Meta {
  enum Flag : std::uint16_t {
    kMustRevalidate = 1,  ///< must-revalidate, proxy-revalidate or s-maxage: never stale, but within the windows below
    kNoCache = 2,         ///< revalidated before each use
    kImmutable = 4,       ///< RFC 8246
    kHasEtag = 8,         ///< a well-formed ETag is among the fields
    kHasStrongEtag = 16,
    kHasLastModified = 32,  ///< `last_modified` says when
    kPartial = 64,          ///< 206: only first_byte to last_byte are stored
    kAuthorized = 128,      ///< the request that it answered had Authorization
    kHasDate = 256,         ///< `date` is the origin's, not the time of receipt
  };

  base::WallTime born;         ///< when its age was zero (RFC 9111 section 4.2.3)
  base::WallTime fresh_until;  ///< `born` and its freshness lifetime
  base::WallTime requested;    ///< when the request that fetched it, or last revalidated it, was sent
  base::WallTime received;     ///< when that answer's head had come
  std::chrono::seconds lifetime{0};
  std::chrono::seconds stale_while_revalidate{0};  ///< after fresh_until; 0 where it must not
  std::chrono::seconds stale_if_error{0};          ///< the same, when the origin fails
  std::int64_t date = 0;                           ///< Date, or the time of receipt: seconds since 1970
  std::int64_t last_modified = 0;                  ///< seconds since 1970
  std::uint64_t first_byte = 0;                    ///< of kPartial
  std::uint64_t last_byte = 0;                     ///< of kPartial, inclusive
  std::uint64_t whole_bytes = 0;                   ///< of kPartial: how long the whole is
  std::uint16_t status = 0;
  std::uint16_t flags = 0;
  Source source = Source::kNone;
  std::array<std::uint8_t, 3> spare{};  ///< zero

  bool has(Flag flag) const { return (flags & flag) != 0; }
  bool can_be_revalidated() const { return (flags & (kHasEtag | kHasLastModified)) != 0; }

  /// Section 4.2.3: current_age in whole seconds.
  std::chrono::seconds age(base::WallTime now) const {
    return now <= born ? std::chrono::seconds(0) : std::chrono::duration_cast<std::chrono::seconds>(now - born);
  }
  /// What is left of its freshness, in whole seconds, rounded down: negative once it is stale.
  std::chrono::seconds ttl(base::WallTime now) const {
    return std::chrono::floor<std::chrono::seconds>(fresh_until - now);
  }
};
static_assert(std::is_trivially_copyable_v<Meta> && std::has_unique_object_representations_v<Meta>);
static_assert(sizeof(Meta) == 104);

}  // namespace headgate::proxy::cache::rules
