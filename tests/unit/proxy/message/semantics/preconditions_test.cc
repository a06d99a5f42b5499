#include "proxy/message/semantics/preconditions.h"

#include <gtest/gtest.h>

#include "wire/http/date.h"

namespace headgate::proxy::message::semantics {
namespace {

using wire::http::Method;
using Verdict = Precondition;

constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kThen = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr std::int64_t kThenSeconds = 784111777;
constexpr std::int64_t kNow = kThenSeconds + 1000;

struct Case {
  Method method;
  std::vector<std::pair<const char*, const char*>> fields;
  Verdict expected;
};

Precondition evaluate(const Case& c, const Validators& validators, std::int64_t now = kNow) {
  wire::http::RequestHead head;
  head.method = c.method;
  for (const auto& [name, value] : c.fields) head.fields.add(name, value);
  return evaluate_preconditions(head, validators, now);
}

void expect_all(const std::vector<Case>& cases, const Validators& validators) {
  for (const Case& c : cases) {
    std::string text;
    for (const auto& [name, value] : c.fields) text += std::string(name) + ": " + value + "; ";
    EXPECT_EQ(evaluate(c, validators), c.expected) << static_cast<int>(c.method) << " " << text;
  }
}

TEST(Preconditions, OneConditionAtATime) {
  expect_all(
      {
          {Method::kGet, {}, Verdict::kProceed},
          {Method::kGet, {{"If-Match", "\"a\""}}, Verdict::kProceed},
          {Method::kGet, {{"If-Match", "\"b\""}}, Verdict::kFailed},
          {Method::kGet, {{"If-Match", "W/\"a\""}}, Verdict::kFailed},
          {Method::kGet, {{"If-Match", "*"}}, Verdict::kProceed},
          {Method::kPut, {{"If-Match", "\"b\", \"a\""}}, Verdict::kProceed},
          {Method::kPut, {{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", "\"a\""}}, Verdict::kNotModified},
          {Method::kHead, {{"If-None-Match", "W/\"a\""}}, Verdict::kNotModified},
          {Method::kGet, {{"If-None-Match", "*"}}, Verdict::kNotModified},
          {Method::kPut, {{"If-None-Match", "*"}}, Verdict::kFailed},
          {Method::kGet, {{"If-None-Match", "\"b\""}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", "\"b\" ,, \"a\""}}, Verdict::kNotModified},
          {Method::kGet, {{"If-None-Match", "a"}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", "\"a"}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", ""}}, Verdict::kProceed},
          {Method::kGet, {{"If-Modified-Since", kThen}}, Verdict::kNotModified},
          {Method::kGet, {{"If-Modified-Since", kAfter}}, Verdict::kNotModified},
          {Method::kGet, {{"If-Modified-Since", kBefore}}, Verdict::kProceed},
          {Method::kGet, {{"If-Modified-Since", "yesterday"}}, Verdict::kProceed},
          {Method::kGet, {{"If-Modified-Since", kThen}, {"If-Modified-Since", kThen}}, Verdict::kProceed},
          {Method::kPost, {{"If-Modified-Since", kThen}}, Verdict::kProceed},
          {Method::kGet, {{"If-Unmodified-Since", kThen}}, Verdict::kProceed},
          {Method::kGet, {{"If-Unmodified-Since", kBefore}}, Verdict::kFailed},
          {Method::kPost, {{"If-Unmodified-Since", kBefore}}, Verdict::kFailed},
          {Method::kGet, {{"If-Unmodified-Since", "x"}}, Verdict::kProceed},
      },
      Validators{"\"a\"", kThenSeconds, true});
}

TEST(Preconditions, TheirOrder) {
  expect_all(
      {
          // If-Match holds, so If-Unmodified-Since is not asked.
          {Method::kGet, {{"If-Match", "\"a\""}, {"If-Unmodified-Since", kBefore}}, Verdict::kProceed},
          {Method::kGet, {{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}, Verdict::kFailed},
          {Method::kGet, {{"If-Match", "\"a\""}, {"If-None-Match", "\"a\""}}, Verdict::kNotModified},
          // If-None-Match is there, so If-Modified-Since is not asked.
          {Method::kGet, {{"If-None-Match", "\"b\""}, {"If-Modified-Since", kAfter}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", "\"a\""}, {"If-Modified-Since", kBefore}}, Verdict::kNotModified},
          {Method::kGet, {{"If-Unmodified-Since", kBefore}, {"If-None-Match", "\"a\""}}, Verdict::kFailed},
          {Method::kGet,
           {{"If-None-Match", "\"a\""}, {"Range", "bytes=0-"}, {"If-Range", "\"b\""}},
           Verdict::kNotModified},
      },
      Validators{"\"a\"", kThenSeconds, true});
}

TEST(Preconditions, IfRange) {
  expect_all(
      {
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "\"a\""}}, Verdict::kProceed},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "\"b\""}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "W/\"a\""}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", kThen}}, Verdict::kProceed},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", kAfter}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", kBefore}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "x"}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "\"a\", \"a\""}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", "\"a\""}, {"If-Range", "\"a\""}}, Verdict::kIgnoreRange},
          {Method::kGet, {{"If-Range", "\"b\""}}, Verdict::kProceed},
          {Method::kHead, {{"Range", "bytes=0-"}, {"If-Range", "\"b\""}}, Verdict::kProceed},
      },
      Validators{"\"a\"", kThenSeconds, true});
  // Changed within this second, the date may name two versions.
  const Case by_date{Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", kThen}}, Verdict::kProceed};
  EXPECT_EQ(evaluate(by_date, Validators{"\"a\"", kThenSeconds, true}, kThenSeconds), Verdict::kIgnoreRange);
  EXPECT_EQ(evaluate(by_date, Validators{"\"a\"", kThenSeconds, true}, kThenSeconds + 1), Verdict::kProceed);
}

TEST(Preconditions, WithoutValidatorsOrRepresentation) {
  expect_all(
      {
          {Method::kGet, {{"If-Modified-Since", kThen}}, Verdict::kProceed},
          {Method::kGet, {{"If-Unmodified-Since", kThen}}, Verdict::kProceed},
          {Method::kGet, {{"If-None-Match", "\"\""}}, Verdict::kProceed},
          {Method::kGet, {{"If-Match", "\"\""}}, Verdict::kFailed},
          {Method::kGet, {{"If-Match", "*"}}, Verdict::kProceed},
          {Method::kGet, {{"Range", "bytes=0-"}, {"If-Range", kThen}}, Verdict::kIgnoreRange},
      },
      Validators{"", std::nullopt, true});
  expect_all(
      {
          {Method::kPut, {{"If-Match", "*"}}, Verdict::kFailed},
          {Method::kPut, {{"If-None-Match", "*"}}, Verdict::kProceed},
      },
      Validators{"", std::nullopt, false});
}

TEST(Preconditions, ABackslashInATagEscapesNothing) {
  const Validators validators{"\"b\"", std::nullopt, true};
  EXPECT_EQ(evaluate({Method::kGet, {{"If-None-Match", "\"a\\\", \"b\""}}, {}}, validators), Verdict::kNotModified);
  EXPECT_EQ(evaluate({Method::kGet, {{"If-None-Match", "\"a,\", \"b\""}}, {}}, validators), Verdict::kNotModified);
}

TEST(EntityTags, StrongAndWeak) {
  EXPECT_TRUE(equal_strongly("\"1\"", "\"1\""));
  EXPECT_FALSE(equal_strongly("W/\"1\"", "W/\"1\""));
  EXPECT_FALSE(equal_strongly("W/\"1\"", "\"1\""));
  EXPECT_FALSE(equal_strongly("", ""));
  EXPECT_TRUE(equal_weakly("W/\"1\"", "W/\"1\""));
  EXPECT_TRUE(equal_weakly("W/\"1\"", "\"1\""));
  EXPECT_FALSE(equal_weakly("W/\"1\"", "W/\"2\""));
  EXPECT_FALSE(equal_weakly("w/\"1\"", "\"1\""));
  EXPECT_FALSE(equal_weakly("1", "1"));
}

TEST(PreconditionsOfStored, WhatACacheAsks) {  // RFC 9111 section 4.3.2
  const Validators both{"\"a\"", kThenSeconds, true};
  const Validators none{"", std::nullopt, true};
  const auto stored = [](const Case& c, const Validators& validators, std::int64_t dated) {
    wire::http::RequestHead head;
    head.method = c.method;
    for (const auto& [name, value] : c.fields) head.fields.add(name, value);
    return evaluate_preconditions_of_stored(head, validators, dated, kNow);
  };
  const auto get = [](std::vector<std::pair<const char*, const char*>> fields) {
    return Case{Method::kGet, std::move(fields), Verdict::kProceed};
  };
  EXPECT_EQ(stored(get({{"If-None-Match", "\"a\""}}), both, kNow), Verdict::kNotModified);
  EXPECT_EQ(stored(get({{"If-None-Match", "\"b\""}, {"If-Modified-Since", kAfter}}), both, kNow), Verdict::kProceed);
  EXPECT_EQ(stored(get({{"If-Match", "\"b\""}}), both, kNow), Verdict::kProceed);
  EXPECT_EQ(stored(get({{"If-Unmodified-Since", kBefore}}), both, kNow), Verdict::kProceed);
  // Without Last-Modified the Date counts, but not for If-Range.
  EXPECT_EQ(stored(get({{"If-Modified-Since", kThen}}), none, kThenSeconds), Verdict::kNotModified);
  EXPECT_EQ(stored(get({{"If-Modified-Since", kBefore}}), none, kThenSeconds), Verdict::kProceed);
  EXPECT_EQ(stored(get({{"Range", "bytes=0-"}, {"If-Range", kThen}}), none, kThenSeconds), Verdict::kIgnoreRange);
  // A Last-Modified of the second of the Date is weak (RFC 9110 section 8.8.2.2).
  EXPECT_EQ(stored(get({{"Range", "bytes=0-"}, {"If-Range", kThen}}), both, kThenSeconds + 1), Verdict::kProceed);
  EXPECT_EQ(stored(get({{"Range", "bytes=0-"}, {"If-Range", kThen}}), both, kThenSeconds), Verdict::kIgnoreRange);
}

}  // namespace
}  // namespace headgate::proxy::message::semantics
