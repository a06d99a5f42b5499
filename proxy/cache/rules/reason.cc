#include "proxy/cache/rules/reason.h"

#include <array>

namespace headgate::proxy::cache::rules {
namespace {

struct Words {
  Reason reason;
  std::string_view word;
  std::string_view sentence;
};

constexpr std::array<Words, static_cast<std::size_t>(Reason::kCount)> kWords = {{
    {Reason::kMethod, "method", "only GET and HEAD are answered from a cache"},
    {Reason::kRequestBody, "request-body", "the request has a body, which is not part of the key"},
    {Reason::kRequestCondition, "request-condition", "If-Match and If-Unmodified-Since are for the origin to judge"},
    {Reason::kUpgrade, "upgrade", "the request asks for another protocol"},
    {Reason::kStored, "stored", "it may be stored and shared"},
    {Reason::kRequestNoStore, "request-no-store", "the request said no-store"},
    {Reason::kNoStore, "no-store", "the answer said no-store"},
    {Reason::kBrokenDirectives, "broken-directives", "a quoted string of its Cache-Control does not end"},
    {Reason::kPrivate, "private", "the answer said private"},
    {Reason::kAuthorization, "authorization",
     "the request had Authorization, and the answer said none of public, must-revalidate and s-maxage"},
    {Reason::kSetCookie, "set-cookie", "the answer sets a cookie (the route's `store_set_cookie` would store it)"},
    {Reason::kCookie, "cookie",
     "the request had a Cookie, and the answer states no freshness (the route's `ignore_cookies` would store it)"},
    {Reason::kUnkeyedField, "unkeyed-field", "the request had a field that can change the answer and is in no key"},
    {Reason::kVaryAny, "vary-any", "the answer said Vary: *, or named more fields than are told apart"},
    {Reason::kStatus, "status", "an answer with this status is about the one request alone"},
    {Reason::kNotUnderstood, "not-understood", "the answer said must-understand, and its status is not understood"},
    {Reason::kNoFreshness, "no-freshness", "it would be stale at once, and has nothing to be revalidated by"},
    {Reason::kPartialContent, "partial-content", "it is not one range of bytes of a known length"},
    {Reason::kFresh, "fresh", "it is fresh"},
    {Reason::kFreshFromDisk, "fresh-from-disk", "it is fresh, and came from the disk"},
    {Reason::kStaleWhileRevalidate, "stale-while-revalidate", "it is stale, but may be given while it is revalidated"},
    {Reason::kMaxStale, "max-stale", "it is stale, but the request takes it so"},
    {Reason::kPurgedSoftly, "purged-softly", "it was purged softly, and may be given while it is revalidated"},
    {Reason::kRequestNoCache, "request-no-cache", "the request wants it revalidated"},
    {Reason::kRequestMaxAge, "request-max-age", "it is older than the request takes"},
    {Reason::kRequestMinFresh, "request-min-fresh", "it is not fresh for as long as the request wants"},
    {Reason::kNoCache, "no-cache", "its origin wants it revalidated each time"},
    {Reason::kMustRevalidate, "must-revalidate", "it is stale, and its origin wants it revalidated first"},
    {Reason::kStale, "stale", "it is stale"},
    {Reason::kOnlyIfCached, "only-if-cached", "the request wants nothing that is not in the cache"},
    {Reason::kNotThere, "not-there", "nothing is stored"},
    {Reason::kStaleIfError, "stale-if-error", "it is stale, but better than the error"},
    {Reason::kUnreachable, "unreachable", "it is stale, but the origin can not be reached"},
    {Reason::kStaleForbidden, "stale-forbidden", "its origin forbids giving it stale"},
    {Reason::kStaleTooLong, "stale-too-long", "it has been stale for longer than it may be given"},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i].reason != static_cast<Reason>(i)) return false;
  }
  return true;
}
static_assert(is_in_order());

}  // namespace

std::string_view word_of(Reason reason) {
  return kWords[static_cast<std::size_t>(reason)].word;
}

std::string_view sentence_of(Reason reason) {
  return kWords[static_cast<std::size_t>(reason)].sentence;
}

}  // namespace headgate::proxy::cache::rules
