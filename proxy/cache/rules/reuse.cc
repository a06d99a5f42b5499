#include "proxy/cache/rules/reuse.h"

#include <algorithm>

#include "proxy/cache/rules/directives.h"

namespace headgate::proxy::cache::rules {
namespace {

using std::chrono::seconds;
using wire::http::FieldId;

struct Judgement {
  Verdict verdict;
  Reason reason;
};

/// What the request alone objects to in a response that is fresh (sections 5.2.1.1, 5.2.1.3, 5.2.1.4).
bool request_objects(const RequestDirectives& asked, const Meta& meta, base::WallTime now, Reason& why) {
  const bool is_fresh = now < meta.fresh_until;
  if (asked.no_cache) {
    why = Reason::kRequestNoCache;
    return true;
  }
  // RFC 8246 section 2.1: a reload's max-age=0 does not make a fresh immutable response be asked for again.
  const bool is_settled = meta.has(Meta::kImmutable) && is_fresh;
  if (asked.max_age && !is_settled && (*asked.max_age == seconds(0) || meta.age(now) > *asked.max_age)) {
    why = Reason::kRequestMaxAge;
    return true;
  }
  if (asked.min_fresh && is_fresh && meta.fresh_until - now < *asked.min_fresh) {
    why = Reason::kRequestMinFresh;
    return true;
  }
  return false;
}

Judgement judge_stale(const RequestDirectives& asked, const Meta& meta, base::WallTime now) {
  const base::Duration stale_for = now - meta.fresh_until;
  if (stale_for < meta.stale_while_revalidate && !asked.min_fresh) {
    return {Verdict::kStaleWhileRevalidate, Reason::kStaleWhileRevalidate};
  }
  if (meta.has(Meta::kMustRevalidate)) return {Verdict::kRevalidate, Reason::kMustRevalidate};
  if (asked.max_stale && stale_for <= *asked.max_stale) return {Verdict::kStale, Reason::kMaxStale};
  return {Verdict::kRevalidate, Reason::kStale};
}

Judgement judge_purged_softly(const Meta& meta) {
  const bool is_forbidden = meta.has(Meta::kMustRevalidate) && meta.stale_while_revalidate == seconds(0);
  if (is_forbidden) return {Verdict::kRevalidate, Reason::kMustRevalidate};
  return {Verdict::kStaleWhileRevalidate, Reason::kPurgedSoftly};
}

Judgement judge(const RequestDirectives& asked, const Meta& meta, base::WallTime now, bool purged_softly) {
  if (meta.has(Meta::kNoCache)) return {Verdict::kRevalidate, Reason::kNoCache};
  Reason why = Reason::kFresh;
  if (request_objects(asked, meta, now, why)) return {Verdict::kRevalidate, why};
  if (purged_softly) return judge_purged_softly(meta);
  if (now < meta.fresh_until) return {Verdict::kFresh, Reason::kFresh};
  return judge_stale(asked, meta, now);
}

RequestDirectives asked_by(const wire::http::RequestHead& request, const Policy& policy) {
  return policy.obeys_client ? request_directives(request.fields) : RequestDirectives{};
}

}  // namespace

Reuse judge_reuse(const wire::http::RequestHead& request, const Meta& meta, base::WallTime now, const Policy& policy,
                  bool purged_softly) {
  if (!request.fields.has(FieldId::kCacheControl) && now < meta.fresh_until && !meta.has(Meta::kNoCache) &&
      !purged_softly) [[likely]] {
    return {Verdict::kFresh, Reason::kFresh, meta.age(now), meta.ttl(now)};
  }
  const RequestDirectives asked = asked_by(request, policy);
  Judgement found = judge(asked, meta, now, purged_softly);
  if (found.verdict == Verdict::kRevalidate && asked.only_if_cached) {
    found = {Verdict::kOnlyIfCached, Reason::kOnlyIfCached};
  }
  return {found.verdict, found.reason, meta.age(now), meta.ttl(now)};
}

Reuse judge_absence(const wire::http::RequestHead& request, const Policy& policy) {
  if (asked_by(request, policy).only_if_cached) return {Verdict::kOnlyIfCached, Reason::kOnlyIfCached, {}, {}};
  return {};
}

bool is_failure(std::uint16_t status) {
  return status == 500 || (status >= 502 && status <= 504);
}

Reuse judge_stale_on_error(const wire::http::RequestHead& request, const Meta& meta, base::WallTime now,
                           const Policy& policy, Failure failure) {
  Reuse out{Verdict::kRevalidate, Reason::kStaleForbidden, meta.age(now), meta.ttl(now)};
  if (meta.has(Meta::kNoCache)) return out;
  const base::Duration stale_for = now - meta.fresh_until;
  if (stale_for < base::Duration(0)) {
    out.verdict = Verdict::kFresh;
    out.reason = Reason::kFresh;
    return out;
  }
  seconds window = meta.stale_if_error;
  if (!meta.has(Meta::kMustRevalidate)) {
    window = std::max(window, asked_by(request, policy).stale_if_error.value_or(seconds(0)));
  } else if (window == seconds(0)) {
    return out;
  }
  if (stale_for < window) {
    out.verdict = Verdict::kStale;
    out.reason = Reason::kStaleIfError;
    return out;
  }
  const bool is_unreachable = failure == Failure::kUnreachable && !meta.has(Meta::kMustRevalidate);
  if (is_unreachable && stale_for < policy.stale_if_unreachable) {
    out.verdict = Verdict::kStale;
    out.reason = Reason::kUnreachable;
    return out;
  }
  out.reason = Reason::kStaleTooLong;
  return out;
}

}  // namespace headgate::proxy::cache::rules
