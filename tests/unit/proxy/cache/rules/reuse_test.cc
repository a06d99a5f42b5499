#include "proxy/cache/rules/reuse.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using namespace std::chrono_literals;
using testing::kThen;
using testing::Pair;

struct Case {
  const char* directives;  // of the response
  const char* request;
  base::Duration after;
  Verdict verdict;
  Reason reason;
};

Meta stored(std::string_view directives, const Policy& policy) {
  const Pair pair("", 200, "ETag: \"a\"\nCache-Control: " + std::string(directives));
  return judge_storing(pair.fetched(), policy).meta;
}

void expect_all(const std::vector<Case>& cases, const Policy& policy = {}, bool purged_softly = false) {
  for (const Case& c : cases) {
    const Pair pair(c.request, 200, "");
    const Reuse found = judge_reuse(pair.request, stored(c.directives, policy), kThen + c.after, policy, purged_softly);
    EXPECT_EQ(found.verdict, c.verdict) << c.directives << " | " << c.request;
    EXPECT_EQ(word_of(found.reason), word_of(c.reason)) << c.directives << " | " << c.request;
  }
}

TEST(Reuse, FreshAndStale) {  // RFC 9111 sections 4.2, 4.2.4
  expect_all({
      {"max-age=60", "", 0s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "", 60s - 1ns, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "", 60s, Verdict::kRevalidate, Reason::kStale},
      {"max-age=60", "Pragma: no-cache", 0s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "Cache-Control: no-store", 0s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "Cache-Control: whatever", 0s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60, must-revalidate", "", 59s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60, must-revalidate", "", 60s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"max-age=60, proxy-revalidate", "", 60s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"s-maxage=60", "", 60s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"max-age=60, no-cache", "", 0s, Verdict::kRevalidate, Reason::kNoCache},
      {"max-age=60, no-cache=\"x\"", "", 0s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60, immutable", "", 60s, Verdict::kRevalidate, Reason::kStale},
  });
}

TEST(Reuse, WhatTheRequestSays) {  // section 5.2.1; RFC 8246
  expect_all({
      {"max-age=60", "Cache-Control: no-cache", 0s, Verdict::kRevalidate, Reason::kRequestNoCache},
      {"max-age=60", "Cache-Control: max-age=0", 0s, Verdict::kRevalidate, Reason::kRequestMaxAge},
      {"max-age=60", "Cache-Control: max-age=5", 5s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "Cache-Control: max-age=5", 6s, Verdict::kRevalidate, Reason::kRequestMaxAge},
      {"max-age=60", "Cache-Control: min-fresh=10", 50s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "Cache-Control: min-fresh=10", 51s, Verdict::kRevalidate, Reason::kRequestMinFresh},
      {"max-age=60", "Cache-Control: max-stale=10", 70s, Verdict::kStale, Reason::kMaxStale},
      {"max-age=60", "Cache-Control: max-stale=10", 71s, Verdict::kRevalidate, Reason::kStale},
      {"max-age=60", "Cache-Control: max-stale", 10000s, Verdict::kStale, Reason::kMaxStale},
      {"max-age=60", "Cache-Control: max-stale, max-age=70", 70s, Verdict::kStale, Reason::kMaxStale},
      {"max-age=60", "Cache-Control: max-stale, max-age=70", 71s, Verdict::kRevalidate, Reason::kRequestMaxAge},
      {"max-age=60, must-revalidate", "Cache-Control: max-stale", 70s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"s-maxage=60", "Cache-Control: max-stale", 70s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"max-age=60, immutable", "Cache-Control: max-age=0", 5s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60, immutable", "Cache-Control: max-age=0", 60s, Verdict::kRevalidate, Reason::kRequestMaxAge},
      {"max-age=60, immutable", "Cache-Control: no-cache", 5s, Verdict::kRevalidate, Reason::kRequestNoCache},
      {"max-age=60", "Cache-Control: only-if-cached", 5s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60", "Cache-Control: only-if-cached", 60s, Verdict::kOnlyIfCached, Reason::kOnlyIfCached},
      {"max-age=60", "Cache-Control: only-if-cached, max-stale", 60s, Verdict::kStale, Reason::kMaxStale},
      {"max-age=60", "Cache-Control: only-if-cached, no-cache", 5s, Verdict::kOnlyIfCached, Reason::kOnlyIfCached},
  });
  Policy deaf;
  deaf.obeys_client = false;
  expect_all(
      {
          {"max-age=60", "Cache-Control: no-cache", 0s, Verdict::kFresh, Reason::kFresh},
          {"max-age=60", "Cache-Control: max-stale", 60s, Verdict::kRevalidate, Reason::kStale},
          {"max-age=60", "Cache-Control: only-if-cached", 60s, Verdict::kRevalidate, Reason::kStale},
      },
      deaf);
}

TEST(Reuse, StaleWhileRevalidate) {  // RFC 5861 section 3
  expect_all({
      {"max-age=60, stale-while-revalidate=10", "", 59s, Verdict::kFresh, Reason::kFresh},
      {"max-age=60, stale-while-revalidate=10", "", 60s, Verdict::kStaleWhileRevalidate, Reason::kStaleWhileRevalidate},
      {"max-age=60, stale-while-revalidate=10", "", 70s - 1ns, Verdict::kStaleWhileRevalidate,
       Reason::kStaleWhileRevalidate},
      {"max-age=60, stale-while-revalidate=10", "", 70s, Verdict::kRevalidate, Reason::kStale},
      {"max-age=60, stale-while-revalidate=10", "Cache-Control: max-age=60", 61s, Verdict::kRevalidate,
       Reason::kRequestMaxAge},
      {"max-age=60, stale-while-revalidate=10", "Cache-Control: min-fresh=1", 61s, Verdict::kRevalidate,
       Reason::kStale},
      {"max-age=60, stale-while-revalidate=10", "Cache-Control: no-cache", 61s, Verdict::kRevalidate,
       Reason::kRequestNoCache},
      {"s-maxage=60, stale-while-revalidate=10", "", 65s, Verdict::kStaleWhileRevalidate,
       Reason::kStaleWhileRevalidate},
      {"s-maxage=60, stale-while-revalidate=10", "", 70s, Verdict::kRevalidate, Reason::kMustRevalidate},
      {"max-age=60, must-revalidate, stale-while-revalidate=10", "", 65s, Verdict::kRevalidate,
       Reason::kMustRevalidate},
  });
}

TEST(Reuse, PurgedSoftly) {
  expect_all(
      {
          {"max-age=60", "", 0s, Verdict::kStaleWhileRevalidate, Reason::kPurgedSoftly},
          {"max-age=60, must-revalidate", "", 0s, Verdict::kRevalidate, Reason::kMustRevalidate},
          {"s-maxage=60", "", 0s, Verdict::kRevalidate, Reason::kMustRevalidate},
          {"s-maxage=60, stale-while-revalidate=5", "", 0s, Verdict::kStaleWhileRevalidate, Reason::kPurgedSoftly},
          {"max-age=60, no-cache", "", 0s, Verdict::kRevalidate, Reason::kNoCache},
          {"max-age=60", "Cache-Control: no-cache", 0s, Verdict::kRevalidate, Reason::kRequestNoCache},
      },
      {}, true);
}

TEST(Reuse, AgeAndTtl) {  // section 5.1; RFC 9211 section 2.4
  const Pair pair("", 200, "Age: 10\nCache-Control: max-age=60");
  const Meta meta = judge_storing(pair.fetched(), {}).meta;
  const Reuse fresh = judge_reuse(pair.request, meta, kThen + 5500ms, {});
  EXPECT_EQ(fresh.age, 15s);
  EXPECT_EQ(fresh.ttl, 44s);
  const Reuse stale = judge_reuse(pair.request, meta, kThen + 55500ms, {});
  EXPECT_EQ(stale.age, 65s);
  EXPECT_EQ(stale.ttl, -6s);
}

TEST(Reuse, Absence) {  // section 5.2.1.7
  const Pair plain("", 200, "");
  EXPECT_EQ(judge_absence(plain.request, {}).verdict, Verdict::kMiss);
  const Pair only("Cache-Control: only-if-cached", 200, "");
  EXPECT_EQ(judge_absence(only.request, {}).verdict, Verdict::kOnlyIfCached);
}

struct ErrorCase {
  const char* directives;
  const char* request;
  base::Duration after;
  Failure failure;
  Verdict verdict;
  Reason reason;
};

TEST(StaleOnError, WhoAllowsAndWhoForbids) {  // RFC 5861 section 4; RFC 9111 section 4.2.4
  const Policy policy;
  constexpr Failure kCut = Failure::kUnreachable;
  constexpr Failure kAnswered = Failure::kStatus;
  for (const ErrorCase& c : std::vector<ErrorCase>{
           {"max-age=60", "", 30s, kAnswered, Verdict::kFresh, Reason::kFresh},
           {"max-age=60", "", 70s, kAnswered, Verdict::kRevalidate, Reason::kStaleTooLong},
           {"max-age=60", "", 70s, kCut, Verdict::kStale, Reason::kUnreachable},
           {"max-age=60", "", 60s + 24h - 1ns, kCut, Verdict::kStale, Reason::kUnreachable},
           {"max-age=60", "", 60s + 24h, kCut, Verdict::kRevalidate, Reason::kStaleTooLong},
           {"max-age=60, stale-if-error=10", "", 70s - 1ns, kAnswered, Verdict::kStale, Reason::kStaleIfError},
           {"max-age=60, stale-if-error=10", "", 70s, kAnswered, Verdict::kRevalidate, Reason::kStaleTooLong},
           {"max-age=60, stale-if-error=10", "", 65s, kCut, Verdict::kStale, Reason::kStaleIfError},
           {"max-age=60", "Cache-Control: stale-if-error=10", 65s, kAnswered, Verdict::kStale, Reason::kStaleIfError},
           {"max-age=60, must-revalidate", "Cache-Control: stale-if-error=10", 65s, kCut, Verdict::kRevalidate,
            Reason::kStaleForbidden},
           {"max-age=60, must-revalidate, stale-if-error=10", "", 65s, kCut, Verdict::kRevalidate,
            Reason::kStaleForbidden},
           {"max-age=60, proxy-revalidate", "", 65s, kCut, Verdict::kRevalidate, Reason::kStaleForbidden},
           {"s-maxage=60", "", 65s, kCut, Verdict::kRevalidate, Reason::kStaleForbidden},
           {"s-maxage=60, stale-if-error=10", "", 65s, kAnswered, Verdict::kStale, Reason::kStaleIfError},
           {"s-maxage=60, stale-if-error=10", "", 71s, kCut, Verdict::kRevalidate, Reason::kStaleTooLong},
           {"max-age=60, no-cache, stale-if-error=10", "", 5s, kCut, Verdict::kRevalidate, Reason::kStaleForbidden},
       }) {
    const Pair pair(c.request, 200, "");
    const Reuse found =
        judge_stale_on_error(pair.request, stored(c.directives, policy), kThen + c.after, policy, c.failure);
    EXPECT_EQ(found.verdict, c.verdict) << c.directives << " | " << c.request;
    EXPECT_EQ(word_of(found.reason), word_of(c.reason)) << c.directives << " | " << c.request;
  }
}

TEST(StaleOnError, WhichStatusesAreFailures) {  // RFC 5861 section 4
  for (const std::uint16_t status : {500, 502, 503, 504}) EXPECT_TRUE(is_failure(status));
  for (const std::uint16_t status : {200, 404, 499, 501, 505, 599}) EXPECT_FALSE(is_failure(status));
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
