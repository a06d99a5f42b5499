#include "proxy/cache/rules/storing.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using namespace std::chrono_literals;
using testing::kThen;
using testing::Pair;
using wire::http::Method;

struct Case {
  const char* request;
  std::uint16_t status;
  const char* response;
  Reason reason;
};

void expect_all(const std::vector<Case>& cases, const Policy& policy = {}) {
  for (const Case& c : cases) {
    const Pair pair(c.request, c.status, c.response);
    const Storing found = judge_storing(pair.fetched(), policy);
    EXPECT_EQ(word_of(found.reason), word_of(c.reason)) << c.request << " -> " << c.status << " " << c.response;
    EXPECT_EQ(found.store, c.reason == Reason::kStored);
  }
}

TEST(Storing, ByDirectives) {  // RFC 9111 section 3
  expect_all({
      {"", 200, "Cache-Control: max-age=60", Reason::kStored},
      {"", 200, "Cache-Control: no-store", Reason::kNoStore},
      {"", 200, "Cache-Control: max-age=60, no-store", Reason::kNoStore},
      {"", 200, "Cache-Control: private, max-age=60", Reason::kPrivate},
      {"", 200, "Cache-Control: private=\"x\", max-age=60", Reason::kStored},
      {"", 200, "Cache-Control: private=\"x y\", max-age=60", Reason::kPrivate},
      {"", 200, "Cache-Control: max-age=60, x=\"a, no-store", Reason::kBrokenDirectives},
      {"", 200, "Cache-Control: no-store\nCDN-Cache-Control: max-age=60", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60\nCDN-Cache-Control: no-store", Reason::kNoStore},
      {"Cache-Control: no-store", 200, "Cache-Control: max-age=60", Reason::kRequestNoStore},
      {"Cache-Control: no-cache", 200, "Cache-Control: max-age=60", Reason::kStored},
      {"", 200, "Pragma: no-cache\nCache-Control: max-age=60", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60\nVary: *", Reason::kVaryAny},
      {"", 200, "Cache-Control: max-age=60\nVary: , *", Reason::kVaryAny},
      {"", 200, "Cache-Control: max-age=60\nVary:\nVary: *", Reason::kVaryAny},
      {"", 200, "Cache-Control: max-age=60\nVary: foo, *", Reason::kVaryAny},
      {"", 200, "Cache-Control: max-age=60\nVary: foo", Reason::kStored},
  });
  Policy deaf;
  deaf.obeys_client = false;
  expect_all({{"Cache-Control: no-store", 200, "Cache-Control: max-age=60", Reason::kStored}}, deaf);
}

TEST(Storing, ByUse) {
  expect_all({
      {"", 200, "", Reason::kNoFreshness},
      {"", 200, "ETag: \"a\"", Reason::kStored},
      {"", 200, "ETag: a", Reason::kNoFreshness},
      {"", 200, "ETag: \"a\"\nETag: \"b\"", Reason::kNoFreshness},
      {"", 200, "Cache-Control: max-age=0", Reason::kNoFreshness},
      {"", 200, "Cache-Control: max-age=0\nETag: W/\"a\"", Reason::kStored},
      {"", 200, "Cache-Control: max-age=0\nLast-Modified: @-5", Reason::kStored},
      {"", 200, "Cache-Control: max-age=0, stale-while-revalidate=5", Reason::kStored},
      {"", 200, "Cache-Control: max-age=0, stale-if-error=5", Reason::kStored},
      {"", 200, "Cache-Control: no-cache", Reason::kNoFreshness},
      {"", 200, "Cache-Control: no-cache, max-age=60", Reason::kNoFreshness},
      {"", 200, "Cache-Control: no-cache, stale-if-error=60", Reason::kNoFreshness},
      {"", 200, "Cache-Control: no-cache\nETag: \"a\"", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60\nAge: 60", Reason::kNoFreshness},
      {"", 200, "Cache-Control: max-age=60\nAge: 59", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60\nAge: 60\nETag: \"a\"", Reason::kStored},
  });
}

TEST(Storing, ByStatus) {  // sections 3, 5.2.2.3; RFC 9110 section 15.1; RFC 6585
  for (const std::uint16_t status : {200, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404,
                                     405, 410, 413, 414, 451, 499, 500, 501, 502, 503, 504, 599, 999}) {
    expect_all({{"", status, "Cache-Control: max-age=60", Reason::kStored}});
  }
  for (const std::uint16_t status : {100, 101, 103, 304, 407, 408, 412, 416, 417, 421, 425, 426, 428, 429, 431, 511}) {
    expect_all({{"", status, "Cache-Control: max-age=60, public", Reason::kStatus}});
  }
  expect_all({
      {"", 404, "ETag: \"a\"", Reason::kStored},
      {"", 403, "ETag: \"a\"", Reason::kNoFreshness},
      {"", 403, "ETag: \"a\"\nCache-Control: public", Reason::kStored},
      {"", 503, "Last-Modified: @-600", Reason::kNoFreshness},
      {"", 200, "Cache-Control: max-age=60, must-understand", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60, must-understand, no-store", Reason::kStored},
      {"", 599, "Cache-Control: max-age=60, must-understand", Reason::kNotUnderstood},
      {"", 599, "Cache-Control: max-age=60, must-understand, no-store", Reason::kNotUnderstood},
      {"", 599, "Cache-Control: max-age=60, no-store", Reason::kNoStore},
  });
}

TEST(Storing, AuthorizationIsNotShared) {  // section 3.5
  expect_all({
      {"Authorization: x", 200, "Cache-Control: max-age=60", Reason::kAuthorization},
      {"Authorization: x", 200, "Expires: @+60", Reason::kAuthorization},
      {"Authorization: x", 200, "Cache-Control: max-age=60, proxy-revalidate", Reason::kAuthorization},
      {"Authorization: x", 200, "Cache-Control: max-age=60, public", Reason::kStored},
      {"Authorization: x", 200, "Cache-Control: max-age=60, public=x", Reason::kAuthorization},
      {"Authorization: x", 200, "Cache-Control: max-age=60, must-revalidate", Reason::kStored},
      {"Authorization: x", 200, "Cache-Control: s-maxage=60", Reason::kStored},
      {"Authorization: x", 200, "CDN-Cache-Control: max-age=60\nCache-Control: public", Reason::kAuthorization},
  });
  Policy policy;
  policy.ttl = 60s;
  policy.overrides_origin = true;
  expect_all({{"Authorization: x", 200, "", Reason::kAuthorization}}, policy);
}

TEST(Storing, CookiesAreNotSharedByAccident) {  // section 7.3
  expect_all({
      {"", 200, "Cache-Control: max-age=60\nSet-Cookie: a=b", Reason::kSetCookie},
      {"", 200, "Cache-Control: public, s-maxage=60\nSet-Cookie: a=b", Reason::kSetCookie},
      {"", 200, "Cache-Control: max-age=60, no-cache=\"set-cookie\"\nSet-Cookie: a=b", Reason::kStored},
      {"", 200, "Cache-Control: max-age=60, private=\"Set-Cookie\"\nSet-Cookie: a=b", Reason::kStored},
      {"Cookie: a=b", 200, "Cache-Control: max-age=60", Reason::kStored},
      {"Cookie: a=b", 200, "Expires: @+60", Reason::kStored},
      {"Cookie: a=b", 200, "Last-Modified: @-600", Reason::kCookie},
      {"Cookie: a=b", 200, "ETag: \"a\"", Reason::kCookie},
      {"Cookie: a=b", 200, "Last-Modified: @-600\nCache-Control: public", Reason::kStored},
      {"Cookie: a=b", 200, "Last-Modified: @-600\nVary: Accept, Cookie", Reason::kStored},
  });
  Policy policy;
  policy.ttl = 60s;
  expect_all({{"Cookie: a=b", 200, "", Reason::kCookie}}, policy);
  policy.overrides_origin = true;
  expect_all({{"Cookie: a=b", 200, "", Reason::kCookie}, {"", 200, "Set-Cookie: a=b", Reason::kSetCookie}}, policy);
  policy.ignores_cookies = true;
  policy.stores_set_cookie = true;
  expect_all({{"Cookie: a=b", 200, "", Reason::kStored}, {"", 200, "Set-Cookie: a=b", Reason::kStored}}, policy);
}

TEST(Storing, FieldsThatChangeTheQuestionAreNotTrusted) {  // cache poisoning by unkeyed fields
  expect_all({
      {"X-HTTP-Method-Override: POST", 200, "Cache-Control: max-age=60", Reason::kUnkeyedField},
      {"x-original-url: /admin", 200, "Cache-Control: max-age=60", Reason::kUnkeyedField},
      {"X-Rewrite-URL: /admin", 200, "Cache-Control: max-age=60\nVary: Accept", Reason::kUnkeyedField},
      {"X-Rewrite-URL: /admin", 200, "Cache-Control: max-age=60\nVary: Accept, x-rewrite-url", Reason::kStored},
      {"X-Other: y", 200, "Cache-Control: max-age=60", Reason::kStored},
  });
}

TEST(Storing, WhatOverrideDoesAndDoesNot) {
  Policy policy;
  policy.ttl = 60s;
  policy.overrides_origin = true;
  policy.stale_while_revalidate = 5s;
  policy.stale_if_error = 50s;
  expect_all(
      {
          {"", 200, "Cache-Control: no-cache, max-age=0", Reason::kStored},
          {"", 200, "Cache-Control: no-store", Reason::kNoStore},
          {"", 200, "Cache-Control: private", Reason::kPrivate},
          {"", 200, "Vary: *", Reason::kVaryAny},
      },
      policy);
  const Pair pair("", 200, "Cache-Control: no-cache, must-revalidate, stale-if-error=1");
  const Meta meta = judge_storing(pair.fetched(), policy).meta;
  EXPECT_FALSE(meta.has(Meta::kNoCache));
  EXPECT_FALSE(meta.has(Meta::kMustRevalidate));
  EXPECT_EQ(meta.stale_while_revalidate, 5s);
  EXPECT_EQ(meta.stale_if_error, 50s);
  EXPECT_EQ(meta.source, Source::kPolicyOverride);
}

TEST(Storing, Windows) {  // RFC 5861; RFC 9111 sections 4.2.4, 5.2.2.10
  struct WindowCase {
    const char* directives;
    std::int64_t while_revalidate;
    std::int64_t if_error;
    bool must_revalidate;
  };
  Policy policy;
  policy.stale_while_revalidate = 30s;
  policy.stale_if_error = 300s;
  for (const WindowCase& c : std::vector<WindowCase>{
           {"max-age=60", 30, 300, false},
           {"max-age=60, stale-while-revalidate=5", 5, 300, false},
           {"max-age=60, stale-if-error=0", 30, 0, false},
           {"max-age=60, must-revalidate, stale-if-error=5", 0, 0, true},
           {"max-age=60, proxy-revalidate, stale-while-revalidate=5", 0, 0, true},
           {"s-maxage=60", 0, 0, true},
           {"s-maxage=60, stale-while-revalidate=5", 5, 0, true},
           {"s-maxage=60, stale-if-error=6", 0, 6, true},
           {"max-age=60, no-cache, stale-if-error=6", 0, 0, false},
           {"public", 0, 300, false},  // nobody says that it is ever fresh
           {"public, stale-while-revalidate=5", 5, 300, false},
       }) {
    const Pair pair("", 200, (std::string("ETag: \"a\"\nCache-Control: ") + c.directives).c_str());
    const Meta meta = judge_storing(pair.fetched(), policy).meta;
    EXPECT_EQ(meta.stale_while_revalidate.count(), c.while_revalidate) << c.directives;
    EXPECT_EQ(meta.stale_if_error.count(), c.if_error) << c.directives;
    EXPECT_EQ(meta.has(Meta::kMustRevalidate), c.must_revalidate) << c.directives;
  }
}

TEST(Storing, WhatIsNoted) {
  const Pair pair(
      "Authorization: x", 200,
      "Date: @-2\nAge: 3\nETag: W/\"a\"\nLast-Modified: @-100\nCache-Control: max-age=60, public, immutable");
  const Meta meta = judge_storing(pair.fetched(1s), {}).meta;
  EXPECT_EQ(meta.received, kThen);
  EXPECT_EQ(meta.requested, kThen - 1s);
  EXPECT_EQ(meta.born, kThen - 4s);
  EXPECT_EQ(meta.fresh_until, kThen + 56s);
  EXPECT_EQ(meta.lifetime, 60s);
  EXPECT_EQ(meta.date, testing::kThenSeconds - 2);
  EXPECT_EQ(meta.last_modified, testing::kThenSeconds - 100);
  EXPECT_EQ(meta.status, 200);
  EXPECT_EQ(meta.flags,
            Meta::kHasDate | Meta::kHasEtag | Meta::kHasLastModified | Meta::kImmutable | Meta::kAuthorized);
  Meta copy;
  std::memcpy(&copy, &meta, sizeof meta);
  EXPECT_EQ(copy.age(kThen + 1s), 5s);
  EXPECT_EQ(copy.age(kThen - 10s), 0s);
  EXPECT_EQ(copy.ttl(kThen + 500ms), 55s);
  EXPECT_EQ(copy.ttl(kThen + 57s), -1s);
}

TEST(Storing, PartialContent) {  // sections 3.3, 3.4
  expect_all({
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/10\nContent-Length: 5", Reason::kStored},
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/10", Reason::kStored},
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes 4-9/10\nContent-Length: 5", Reason::kPartialContent},
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/*", Reason::kPartialContent},
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes */10", Reason::kPartialContent},
      {"", 206, "Cache-Control: max-age=60", Reason::kPartialContent},
      {"", 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/10\nContent-Range: bytes 0-4/10",
       Reason::kPartialContent},
      {"", 206, "Cache-Control: max-age=60\nContent-Type: multipart/byteranges", Reason::kPartialContent},
  });
  const Pair pair("", 206, "Cache-Control: max-age=60\nContent-Range: bytes 2-4/10");
  const Meta meta = judge_storing(pair.fetched(), {}).meta;
  EXPECT_TRUE(meta.has(Meta::kPartial));
  EXPECT_EQ(meta.first_byte, 2U);
  EXPECT_EQ(meta.last_byte, 4U);
  EXPECT_EQ(meta.whole_bytes, 10U);
}

TEST(Storing, ByMethod) {  // RFC 9110 sections 9.3.1 to 9.3.3
  struct MethodCase {
    Method method;
    bool has_body;
    const char* response;
    Reason reason;
  };
  for (const MethodCase& c : std::vector<MethodCase>{
           {Method::kGet, true, "Cache-Control: max-age=60", Reason::kRequestBody},
           {Method::kHead, false, "Cache-Control: max-age=60", Reason::kMethod},
           {Method::kPut, true, "Cache-Control: max-age=60\nContent-Location: /a", Reason::kMethod},
           {Method::kPost, true, "Cache-Control: max-age=60\nContent-Location: /a", Reason::kStored},
           {Method::kPost, true, "Cache-Control: max-age=60\nContent-Location: http://EXAMPLE.com/a", Reason::kStored},
           {Method::kPost, true, "Cache-Control: max-age=60\nContent-Location: http://example.org/a", Reason::kMethod},
           {Method::kPost, true, "Cache-Control: max-age=60\nContent-Location: /b", Reason::kMethod},
           {Method::kPost, true, "Cache-Control: max-age=60\nContent-Location: /a?", Reason::kMethod},
           {Method::kPost, true, "Cache-Control: max-age=60", Reason::kMethod},
           {Method::kPost, true, "Last-Modified: @-600\nContent-Location: /a", Reason::kMethod},
       }) {
    Pair pair("", 200, c.response);
    pair.request.method = c.method;
    Fetched fetched = pair.fetched();
    fetched.has_request_body = c.has_body;
    EXPECT_EQ(word_of(judge_storing(fetched, {}).reason), word_of(c.reason)) << c.response;
  }
}

TEST(Storing, WhichFields) {  // section 3.1
  const Pair pair(
      "", 200,
      "Connection: a, close\nCache-Control: max-age=60, no-cache=\"b\", private=\"c\"\nA: 1\nB: 2\nC: 3\nD: 4\n"
      "Keep-Alive: x\nProxy-Authenticate: x\nProxy-Authentication-Info: x\nProxy-Authorization: x\nTE: x\n"
      "Proxy-Connection: x\nTransfer-Encoding: x\nUpgrade: x\nTrailer: x\nAge: 1\nDate: @+0\nContent-Length: 1");
  const Storing storing = judge_storing(pair.fetched(), {});
  std::string kept;
  for (const wire::http::Field& field : pair.response.fields) {
    if (is_stored(field, storing)) kept += std::string(field.name) + " ";
  }
  EXPECT_EQ(kept, "Cache-Control D Date Content-Length ");
}

TEST(Asking, WhichRequestsTheCacheIsFor) {
  struct AskCase {
    Method method;
    bool has_body;
    const char* fields;
    bool looks_up;
    bool stores;
    Reason reason;
  };
  for (const AskCase& c : std::vector<AskCase>{
           {Method::kGet, false, "", true, true, Reason::kNotThere},
           {Method::kGet, false, "If-None-Match: \"a\"\nRange: bytes=0-1\nAuthorization: x\nCookie: y", true, true,
            Reason::kNotThere},
           {Method::kHead, false, "", true, false, Reason::kMethod},
           {Method::kGet, true, "", false, false, Reason::kRequestBody},
           {Method::kHead, true, "", false, false, Reason::kRequestBody},
           {Method::kGet, false, "If-Match: \"a\"", false, false, Reason::kRequestCondition},
           {Method::kGet, false, "If-Unmodified-Since: @+0", false, false, Reason::kRequestCondition},
           {Method::kGet, false, "Upgrade: websocket", false, false, Reason::kUpgrade},
           {Method::kPost, true, "", false, true, Reason::kMethod},
           {Method::kPut, true, "", false, false, Reason::kMethod},
           {Method::kOptions, false, "", false, false, Reason::kMethod},
           {Method::kOther, false, "", false, false, Reason::kMethod},
       }) {
    Pair pair(c.fields, 200, "");
    pair.request.method = c.method;
    const Asking found = judge_request(pair.request, c.has_body);
    EXPECT_EQ(found.looks_up, c.looks_up) << c.fields;
    EXPECT_EQ(found.stores, c.stores) << c.fields;
    EXPECT_EQ(word_of(found.reason), word_of(c.reason)) << c.fields;
  }
}

TEST(Reasons, EachHasAWordAndASentence) {
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_FALSE(sentence_of(reason).empty());
    EXPECT_EQ(word_of(reason).find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos);
    for (int j = 0; j < i; ++j) EXPECT_NE(word_of(reason), word_of(static_cast<Reason>(j)));
  }
}

TEST(Storing, a_host_that_a_trusted_proxy_names_and_the_key_has_not) {
  struct Case {
    std::string_view asked;
    std::string_view sent;
    std::string_view answered;
    bool is_stored;
  };
  const Case cases[] = {
      {"X-Forwarded-Host: evil", "X-Forwarded-Host: evil", "", false},
      {"X-Forwarded-Host: example.com, evil", "X-Forwarded-Host: example.com, evil", "", false},
      {"X-Forwarded-Host: EXAMPLE.com", "X-Forwarded-Host: EXAMPLE.com", "", true},
      {"X-Forwarded-Host: evil", "X-Forwarded-Host: example.com", "", true},  // what headgate made of it
      {"X-Forwarded-Host: evil", "X-Forwarded-Host: of-the-rule", "", true},  // or a rule
      {"X-Forwarded-Host: evil", "X-Forwarded-Host: evil", "\nVary: X-Forwarded-Host", true},
      {"Forwarded: for=1.2.3.4;host=evil", "Forwarded: for=1.2.3.4;host=evil, for=5.6.7.8", "", false},
      {"Forwarded: for=1.2.3.4;Host=\"evil\";proto=http", "Forwarded: for=1.2.3.4;Host=\"evil\";proto=http", "", false},
      {"Forwarded: for=1.2.3.4;host=example.com", "Forwarded: for=1.2.3.4;host=example.com", "", true},
      {"Forwarded: for=1.2.3.4", "Forwarded: for=1.2.3.4", "", true}};
  for (const Case& each : cases) {
    const Pair pair(each.asked, 200, "Cache-Control: max-age=60" + std::string(each.answered));
    const testing::Written written(each.sent);
    const wire::http::Fields sent = written.fields();
    Fetched fetched = pair.fetched();
    fetched.sent = &sent;
    EXPECT_EQ(judge_storing(fetched, Policy{}).store, each.is_stored) << each.asked << " / " << each.sent;
  }
  const Pair pair("X-Forwarded-Host: evil", 200, "Cache-Control: max-age=60");
  Fetched fetched = pair.fetched();
  fetched.sent = &pair.request.fields;
  EXPECT_EQ(judge_storing(fetched, Policy{}).reason, Reason::kUnkeyedField);
  Policy keyed;
  keyed.keyed = {"x-forwarded-host"};
  EXPECT_TRUE(judge_storing(fetched, keyed).store);
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
