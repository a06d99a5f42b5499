#pragma once
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "proxy/cache/rules/meta.h"
#include "proxy/cache/rules/policy.h"
#include "proxy/cache/rules/reason.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::rules {

enum class Verdict : std::uint8_t {
  kFresh,                 ///< give it
  kStaleWhileRevalidate,  ///< give it, and revalidate it beside
  kStale,                 ///< give it: the request takes it stale
  kRevalidate,            ///< ask the origin, conditionally where Meta::can_be_revalidated()
  kMiss,                  ///< ask the origin
  kOnlyIfCached,          ///< 504: the request wants nothing from the origin
};

struct Reuse {
  Verdict verdict = Verdict::kMiss;
  Reason reason = Reason::kNotThere;
  std::chrono::seconds age{0};  ///< for the Age field
  std::chrono::seconds ttl{0};  ///< of its freshness, negative once it is stale
};

/// Whether a response that was stored for this request's key (and fields of Vary) may answer it (RFC 9111 section 4).
/// The request is one that judge_request() lets look up. `purged_softly`: it is stale from now on, and may be given
/// while it is revalidated unless its origin forbids that. On the path of every hit: no allocation, and a few
/// comparisons for a request without Cache-Control.
Reuse judge_reuse(const wire::http::RequestHead& request, const Meta& meta, base::WallTime now, const Policy& policy,
                  bool purged_softly = false);

/// The same where nothing is stored: kMiss, or kOnlyIfCached.
Reuse judge_absence(const wire::http::RequestHead& request, const Policy& policy);

/// What a request that had to go to the origin came to.
enum class Failure : std::uint8_t {
  kUnreachable,  ///< no answer: nobody to connect to, a connection cut, a deadline passed
  kStatus,       ///< an answer with one of is_failure()
};
/// RFC 5861 section 4: 500, 502, 503, 504.
bool is_failure(std::uint16_t status);

/// Whether a stored response may stand in for a failure (RFC 9111 section 4.2.4, RFC 5861 section 4): kStale with
/// kStaleIfError or kUnreachable, kFresh if it is fresh after all, or kRevalidate with the reason against it. Windows
/// are the larger of the response's (or policy's) and the request's.
Reuse judge_stale_on_error(const wire::http::RequestHead& request, const Meta& meta, base::WallTime now,
                           const Policy& policy, Failure failure);

}  // namespace headgate::proxy::cache::rules
