#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "proxy/cache/rules/directives.h"
#include "proxy/cache/rules/meta.h"
#include "proxy/cache/rules/policy.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::rules {

/// RFC 9110 section 15.1: statuses that may be stored without anybody saying how long they are fresh.
bool is_heuristically_cacheable(std::uint16_t status);
/// Those that a route's `ttl` is about: the same, without errors.
bool is_success_by_default(std::uint16_t status);

/// What the fields of an answer say of times.
struct Dates {
  std::int64_t date = 0;  ///< Date, or the time of receipt where there is none that can be read
  bool has_date = false;
  std::optional<std::int64_t> last_modified;
};
Dates dates_of(const wire::http::Fields& fields, base::WallTime received);

/// Age of an answer's head (RFC 9111 section 5.1): the first member of the first line; 0 if that is no number.
std::chrono::seconds age_value_of(const wire::http::Fields& fields);

/// RFC 9111 section 4.2.3: corrected_initial_age.
base::Duration initial_age_of(const wire::http::Fields& fields, const Dates& dates, base::WallTime requested,
                              base::WallTime received);

struct Lifetime {
  std::chrono::seconds value{0};
  Source source = Source::kNone;
  bool is_stated = false;  ///< by the origin: in Cache-Control, a targeted field or Expires
};

/// RFC 9111 section 4.2.1: how long the answer is fresh, and who says so. In this order: the policy where it overrides;
/// s-maxage, max-age, Expires (more than one, or one that is no date, is the past: section 5.3); the policy's
/// `negative` and `ttl`; a tenth of the time since Last-Modified (section 4.2.2).
Lifetime lifetime_of(const wire::http::ResponseHead& response, const ResponseDirectives& directives, const Dates& dates,
                     const Policy& policy);

}  // namespace headgate::proxy::cache::rules
