#include "proxy/cache/rules/freshness.h"

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "wire/http/date.h"

namespace headgate::proxy::cache::rules {
namespace {

using std::chrono::seconds;
using wire::http::FieldId;
using wire::http::Fields;

/// Section 4.2.2 speaks of 10 percent; what has not changed for years may still change today.
constexpr std::int64_t kHeuristicShare = 10;
constexpr seconds kHeuristicMax = std::chrono::hours(24);

std::int64_t unix_seconds(base::WallTime time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

std::optional<std::int64_t> single_date(const Fields& fields, FieldId id, std::int64_t now) {
  if (!fields.has(id) || fields.count(id) != 1) return std::nullopt;
  return wire::http::parse_date(base::trimmed(fields.value_of(id)), now);
}

/// Between 0 and kSecondsMax, whatever the two are.
seconds span_between(std::int64_t from, std::int64_t to) {
  return std::clamp(seconds(to - from), seconds(0), kSecondsMax);
}

std::optional<seconds> negative_ttl_of(std::uint16_t status, const Policy& policy) {
  for (const NegativeTtl& rule : policy.negative) {
    if (status >= rule.first && status <= rule.last) return rule.ttl;
  }
  return std::nullopt;
}

std::optional<Lifetime> lifetime_from_policy(std::uint16_t status, const Policy& policy) {
  if (const std::optional<seconds> ttl = negative_ttl_of(status, policy)) {
    return Lifetime{*ttl, Source::kPolicyNegative, false};
  }
  if (!policy.ttl || !is_success_by_default(status)) return std::nullopt;
  return Lifetime{*policy.ttl, policy.overrides_origin ? Source::kPolicyOverride : Source::kPolicyTtl, false};
}

std::optional<Lifetime> lifetime_from_origin(const Fields& fields, const ResponseDirectives& directives,
                                             const Dates& dates) {
  const auto source = [&directives](Source own) { return directives.is_targeted ? Source::kTargeted : own; };
  if (directives.s_maxage) return Lifetime{*directives.s_maxage, source(Source::kSMaxage), true};
  if (directives.max_age) return Lifetime{*directives.max_age, source(Source::kMaxAge), true};
  if (directives.is_targeted || !fields.has(FieldId::kExpires)) return std::nullopt;
  const std::optional<std::int64_t> expires = single_date(fields, FieldId::kExpires, dates.date);
  return Lifetime{expires ? span_between(dates.date, *expires) : seconds(0), Source::kExpires, true};
}

}  // namespace

bool is_heuristically_cacheable(std::uint16_t status) {
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
      return true;
    default:
      return false;
  }
}

bool is_success_by_default(std::uint16_t status) {
  return status < 400 && is_heuristically_cacheable(status);
}

Dates dates_of(const Fields& fields, base::WallTime received) {
  Dates out;
  const std::int64_t now = unix_seconds(received);
  const std::optional<std::int64_t> date = single_date(fields, FieldId::kDate, now);
  out.has_date = date.has_value();
  out.date = date.value_or(now);
  out.last_modified = single_date(fields, FieldId::kLastModified, now);
  return out;
}

seconds age_value_of(const Fields& fields) {
  std::string_view value = fields.value_of(FieldId::kAge);
  value = base::trimmed(value.substr(0, value.find(',')));
  return parse_seconds(value).value_or(seconds(0));
}

base::Duration initial_age_of(const Fields& fields, const Dates& dates, base::WallTime requested,
                              base::WallTime received) {
  // Date has whole seconds, so the time it is compared with has them too: an answer is not older for being sent late in
  // a second.
  const base::Duration apparent_age = span_between(dates.date, unix_seconds(received));
  const base::Duration response_delay = std::max(base::Duration(0), received - requested);
  const base::Duration corrected_age = age_value_of(fields) + response_delay;
  return std::max(apparent_age, corrected_age);
}

Lifetime lifetime_of(const wire::http::ResponseHead& response, const ResponseDirectives& directives, const Dates& dates,
                     const Policy& policy) {
  const std::optional<Lifetime> stated = lifetime_from_origin(response.fields, directives, dates);
  const std::optional<Lifetime> given = lifetime_from_policy(response.status, policy);
  Lifetime out;
  if (given && (policy.overrides_origin || !stated)) {
    out = *given;
    out.is_stated = stated.has_value();
  } else if (stated) {
    out = *stated;
  } else if (policy.uses_heuristics && dates.last_modified &&
             (is_heuristically_cacheable(response.status) || directives.is_public)) {
    const seconds unchanged = span_between(*dates.last_modified, dates.date);
    out = Lifetime{std::min(unchanged / kHeuristicShare, kHeuristicMax), Source::kHeuristic, false};
  }
  if (policy.max_ttl) out.value = std::min(out.value, *policy.max_ttl);
  out.value = std::clamp(out.value, seconds(0), kSecondsMax);
  return out;
}

}  // namespace headgate::proxy::cache::rules
