#include "proxy/cache/rules/freshness.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using namespace std::chrono_literals;
using testing::kThen;
using testing::Pair;

struct LifetimeCase {
  std::uint16_t status;
  const char* fields;
  std::int64_t seconds;
  Source source;
};

Lifetime lifetime(std::uint16_t status, const char* fields, const Policy& policy) {
  const Pair pair("", status, fields);
  const Dates dates = dates_of(pair.response.fields, kThen);
  return lifetime_of(pair.response, response_directives(pair.response.fields, policy.control_fields), dates, policy);
}

void expect_all(const std::vector<LifetimeCase>& cases, const Policy& policy = {}) {
  for (const LifetimeCase& c : cases) {
    const Lifetime found = lifetime(c.status, c.fields, policy);
    EXPECT_EQ(found.value.count(), c.seconds) << c.status << " " << c.fields;
    EXPECT_EQ(found.source, c.source) << c.status << " " << c.fields << " " << to_string(found.source);
  }
}

TEST(Lifetime, WhatTheOriginStates) {  // RFC 9111 section 4.2.1
  expect_all({
      {200, "", 0, Source::kNone},
      {200, "Cache-Control: max-age=60\nExpires: @+5\nDate: @+0", 60, Source::kMaxAge},
      {200, "Cache-Control: max-age=60, s-maxage=5", 5, Source::kSMaxage},
      {200, "Cache-Control: max-age=0, s-maxage=5\nExpires: @-5", 5, Source::kSMaxage},
      {200, "Cache-Control: max-age=0\nExpires: @+3600\nDate: @+0", 0, Source::kMaxAge},
      {200, "Expires: @+60\nDate: @+0", 60, Source::kExpires},
      {200, "Expires: @+60\nDate: @-10", 70, Source::kExpires},
      {200, "Expires: @+60", 60, Source::kExpires},
      {200, "Expires: @+60\nDate: foo", 60, Source::kExpires},
      {200, "Expires: @+300\nDate: @+400", 0, Source::kExpires},
      {200, "Expires: @+0\nDate: @+0", 0, Source::kExpires},
      {200, "Expires: 0\nDate: @+0", 0, Source::kExpires},
      {200, "Expires: @+60\nExpires: @+60\nDate: @+0", 0, Source::kExpires},
      {200, "Expires: Thursday, 18-Aug-50 02:01:18 GMT\nDate: @+0", 745639278, Source::kExpires},
      {200, "Expires: Thu Aug 18 02:01:18 2050\nDate: @+0", 745639278, Source::kExpires},
      {200, "CDN-Cache-Control: max-age=60\nCache-Control: max-age=5\nExpires: @+1", 60, Source::kTargeted},
      {200, "CDN-Cache-Control: foo\nCache-Control: max-age=5\nExpires: @+1", 0, Source::kNone},
      {599, "Cache-Control: max-age=60", 60, Source::kMaxAge},
  });
}

TEST(Lifetime, Heuristics) {  // section 4.2.2
  expect_all({
      {200, "Last-Modified: @-600\nDate: @+0", 60, Source::kHeuristic},
      {200, "Last-Modified: @-600", 60, Source::kHeuristic},
      {200, "Last-Modified: @-9\nDate: @+0", 0, Source::kHeuristic},
      {200, "Last-Modified: @-864000000\nDate: @+0", 86400, Source::kHeuristic},
      {200, "Last-Modified: @+600\nDate: @+0", 0, Source::kHeuristic},
      {200, "Last-Modified: yesterday", 0, Source::kNone},
      {200, "Last-Modified: @-600\nCache-Control: must-revalidate", 60, Source::kHeuristic},
      {200, "Last-Modified: @-600\nExpires: 0", 0, Source::kExpires},
      {201, "Last-Modified: @-600", 0, Source::kNone},
      {204, "Last-Modified: @-600", 60, Source::kHeuristic},
      {302, "Last-Modified: @-600", 0, Source::kNone},
      {403, "Last-Modified: @-600", 0, Source::kNone},
      {404, "Last-Modified: @-600", 60, Source::kHeuristic},
      {503, "Last-Modified: @-600", 0, Source::kNone},
      {599, "Last-Modified: @-600", 0, Source::kNone},
      {599, "Last-Modified: @-600\nCache-Control: public", 60, Source::kHeuristic},
  });
  Policy policy;
  policy.uses_heuristics = false;
  expect_all({{200, "Last-Modified: @-600\nDate: @+0", 0, Source::kNone}}, policy);
}

TEST(Lifetime, ThePolicysTtl) {
  Policy policy;
  policy.ttl = 1h;
  expect_all(
      {
          {200, "", 3600, Source::kPolicyTtl},
          {200, "Last-Modified: @-600", 3600, Source::kPolicyTtl},
          {200, "Cache-Control: public", 3600, Source::kPolicyTtl},
          {200, "Cache-Control: max-age=5", 5, Source::kMaxAge},
          {200, "Cache-Control: max-age=x", 0, Source::kMaxAge},
          {200, "Expires: 0", 0, Source::kExpires},
          {301, "", 3600, Source::kPolicyTtl},
          {302, "", 0, Source::kNone},
          {404, "", 0, Source::kNone},
          {500, "", 0, Source::kNone},
      },
      policy);
  policy.overrides_origin = true;
  expect_all(
      {
          {200, "Cache-Control: max-age=5", 3600, Source::kPolicyOverride},
          {200, "CDN-Cache-Control: max-age=5", 3600, Source::kPolicyOverride},
          {404, "Cache-Control: max-age=5", 5, Source::kMaxAge},
      },
      policy);
}

TEST(Lifetime, NegativeCaching) {
  Policy policy;
  policy.negative = {{404, 404, 10s}, {410, 410, 20s}, {500, 599, 1s}};
  policy.max_ttl = 15s;
  expect_all(
      {
          {404, "", 10, Source::kPolicyNegative},
          {404, "Last-Modified: @-600", 10, Source::kPolicyNegative},
          {404, "Cache-Control: max-age=5", 5, Source::kMaxAge},
          {410, "", 15, Source::kPolicyNegative},
          {500, "", 1, Source::kPolicyNegative},
          {599, "", 1, Source::kPolicyNegative},
          {499, "", 0, Source::kNone},
          {200, "Cache-Control: max-age=60", 15, Source::kMaxAge},
      },
      policy);
}

TEST(Age, AtArrival) {  // sections 4.2.3, 5.1
  struct AgeCase {
    const char* fields;
    std::int64_t delay_ms;
    std::int64_t age_ms;
  };
  for (const AgeCase& c : std::vector<AgeCase>{
           {"", 0, 0},
           {"", 1500, 1500},
           {"Date: @-30", 0, 30000},
           {"Date: @-30", 1500, 30000},
           {"Date: @+30", 0, 0},
           {"Date: @-1\nAge: 1", 500, 1500},
           {"Age: 30", 0, 30000},
           {"Age: 30", 2000, 32000},
           {"Date: @-60\nAge: 30", 2000, 60000},
           {"Date: @-30\nAge: 7200", 0, 7200000},
           {"Age: 7200, 0", 0, 7200000},
           {"Age: 0, 7200", 0, 0},
           {"Age: 7200\nAge: 0", 0, 7200000},
           {"Age: abc", 0, 0},
           {"Age: -7200", 0, 0},
           {"Age: 7200.0", 0, 0},
           {"Age: 7200;foo=bar", 0, 0},
           {"Age: 99999999999", 0, 2147483648000},
       }) {
    const Pair pair("", 200, c.fields);
    const Dates dates = dates_of(pair.response.fields, kThen);
    const base::Duration age =
        initial_age_of(pair.response.fields, dates, kThen - std::chrono::milliseconds(c.delay_ms), kThen);
    EXPECT_EQ(std::chrono::duration_cast<std::chrono::milliseconds>(age).count(), c.age_ms) << c.fields;
  }
}

TEST(Age, ADateOfThisSecondIsNoAge) {
  const Pair pair("", 200, "Date: @+0");
  const base::WallTime late = kThen + 999ms;
  const Dates dates = dates_of(pair.response.fields, late);
  EXPECT_EQ(initial_age_of(pair.response.fields, dates, late, late), base::Duration(0));
}

TEST(Age, AClockThatWasSetBackMakesNothingYounger) {
  const Pair pair("", 200, "Age: 5");
  const Dates dates = dates_of(pair.response.fields, kThen);
  EXPECT_EQ(initial_age_of(pair.response.fields, dates, kThen + 10s, kThen), base::Duration(5s));
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
