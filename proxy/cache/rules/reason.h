#pragma once
#include <cstdint>
#include <string_view>

namespace headgate::proxy::cache::rules {

/// Why the cache decided as it did: one closed set for Cache-Status `detail`, logs, metrics and explain.
enum class Reason : std::uint8_t {
  // whether the cache is asked at all
  kMethod,
  kRequestBody,
  kRequestCondition,
  kUpgrade,
  // whether an answer is stored
  kStored,
  kRequestNoStore,
  kNoStore,
  kBrokenDirectives,
  kPrivate,
  kAuthorization,
  kSetCookie,
  kCookie,
  kUnkeyedField,
  kVaryAny,
  kStatus,
  kNotUnderstood,
  kNoFreshness,
  kPartialContent,
  // whether what is stored is used
  kFresh,
  kFreshFromDisk,
  kStaleWhileRevalidate,
  kMaxStale,
  kPurgedSoftly,
  kRequestNoCache,
  kRequestMaxAge,
  kRequestMinFresh,
  kNoCache,
  kMustRevalidate,
  kStale,
  kOnlyIfCached,
  kNotThere,
  // whether it may stand in for an error
  kStaleIfError,
  kUnreachable,
  kStaleForbidden,
  kStaleTooLong,
  kCount,
};

/// "must-revalidate": one word of lower-case letters and hyphens.
std::string_view word_of(Reason reason);
/// "it is stale, and its origin wants it revalidated first".
std::string_view sentence_of(Reason reason);

}  // namespace headgate::proxy::cache::rules
