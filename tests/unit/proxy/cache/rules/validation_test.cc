#include "proxy/cache/rules/validation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/cache/rules/storing.h"
#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using message::semantics::Precondition;
using testing::kThen;
using testing::Pair;
using testing::Written;

Precondition evaluate(const char* request, std::uint16_t status, const char* stored) {
  const Pair pair(request, status, (std::string("Cache-Control: max-age=60\n") + stored).c_str());
  const Meta meta = judge_storing(pair.fetched(), {}).meta;
  return evaluate_conditions(pair.request, pair.response.fields, meta, kThen + std::chrono::seconds(5));
}

TEST(ConditionsOfClients, AgainstWhatIsStored) {  // RFC 9111 section 4.3.2
  constexpr Precondition kNotModified = Precondition::kNotModified;
  constexpr Precondition kProceed = Precondition::kProceed;
  EXPECT_EQ(evaluate("If-None-Match: \"a\"", 200, "ETag: \"a\""), kNotModified);
  EXPECT_EQ(evaluate("If-None-Match: W/\"a\"", 200, "ETag: \"a\""), kNotModified);
  EXPECT_EQ(evaluate("If-None-Match: \"1\", \"a\", \"2\"", 200, "ETag: \"a\""), kNotModified);
  EXPECT_EQ(evaluate("If-None-Match: \"b\"", 200, "ETag: \"a\""), kProceed);
  EXPECT_EQ(evaluate("If-None-Match: \"a\"", 200, ""), kProceed);
  EXPECT_EQ(evaluate("If-None-Match: a", 200, "ETag: a"), kProceed);
  EXPECT_EQ(evaluate("If-None-Match: \"b\"\nIf-Modified-Since: @+0", 200, "ETag: \"a\"\nLast-Modified: @-60"),
            kProceed);
  EXPECT_EQ(evaluate("If-None-Match: \"a\"\nIf-Modified-Since: @-90", 200, "ETag: \"a\"\nLast-Modified: @-60"),
            kNotModified);
  EXPECT_EQ(evaluate("If-Modified-Since: @-60", 200, "Last-Modified: @-60"), kNotModified);
  EXPECT_EQ(evaluate("If-Modified-Since: @-61", 200, "Last-Modified: @-60"), kProceed);
  EXPECT_EQ(evaluate("If-Modified-Since: @-10", 200, "Date: @-10"), kNotModified);
  EXPECT_EQ(evaluate("If-Modified-Since: @-11", 200, "Date: @-10"), kProceed);
  EXPECT_EQ(evaluate("If-Modified-Since: @+0", 200, ""), kNotModified);
  EXPECT_EQ(evaluate("If-Modified-Since: @-1", 200, ""), kProceed);
  EXPECT_EQ(evaluate("If-None-Match: \"a\"", 404, "ETag: \"a\""), kProceed);
  EXPECT_EQ(evaluate("If-None-Match: \"a\"", 206, "ETag: \"a\""), kNotModified);
  EXPECT_EQ(evaluate("Range: bytes=0-1\nIf-Range: \"a\"", 200, "ETag: \"a\""), kProceed);
  EXPECT_EQ(evaluate("Range: bytes=0-1\nIf-Range: \"b\"", 200, "ETag: \"a\""), Precondition::kIgnoreRange);
  EXPECT_EQ(evaluate("Range: bytes=0-1\nIf-Range: W/\"a\"", 200, "ETag: W/\"a\""), Precondition::kIgnoreRange);
}

std::string sorted_text(const wire::http::Fields& fields) {
  std::vector<std::string> lines;
  for (const wire::http::Field& field : fields)
    lines.push_back(std::string(field.name) + ":" + std::string(field.value));
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : " ") + line;
  return out;
}

TEST(NotModified, WhichFieldsItHas) {  // RFC 9110 section 15.4.5
  const Written written(
      "Cache-Control: x\nContent-Location: x\nDate: x\nETag: x\nExpires: x\nVary: x\nX-Frame-Options: x\nContent-Type: "
      "y\n"
      "Content-Length: y\nContent-Encoding: y\nContent-Range: y\nContent-Language: y\nContent-MD5: y\nRepr-Digest: y\n"
      "Accept-Ranges: y");
  for (const wire::http::Field& field : written.fields()) {
    EXPECT_EQ(is_in_not_modified(field), field.value == "x") << field.name;
  }
}

TEST(Revalidating, TheCachesConditionInPlaceOfTheClients) {  // RFC 9111 section 4.3.1
  const Pair pair("If-None-Match: \"old\"\nIf-Modified-Since: x\nRange: bytes=0-1\nIf-Range: y\nFoo: 1", 200,
                  "ETag: W/\"a\"\nLast-Modified: @-60");
  wire::http::Fields request = pair.request.fields;
  const Condition condition = condition_of(pair.response.fields, judge_storing(pair.fetched(), {}).meta);
  make_conditional(request, condition);
  EXPECT_EQ(sorted_text(request), "Foo:1 If-Modified-Since:" + testing::date_after(-60) + " If-None-Match:W/\"a\"");

  const Pair bad("", 200, "ETag: a\nLast-Modified: yesterday");
  const Condition none = condition_of(bad.response.fields, judge_storing(bad.fetched(), {}).meta);
  EXPECT_TRUE(none.etag.empty() && none.last_modified.empty());
}

TEST(Revalidating, WhichNotModifiedIsMeant) {  // section 4.3.4
  struct Case {
    const char* stored;
    const char* fresh;
    bool expected;
  };
  for (const Case& c : std::vector<Case>{
           {"ETag: \"a\"", "ETag: \"a\"", true},
           {"ETag: \"a\"", "ETag: \"b\"", false},
           {"ETag: \"a\"", "ETag: W/\"a\"", true},
           {"ETag: W/\"a\"", "ETag: \"a\"", true},
           {"ETag: \"a\"", "", true},
           {"ETag: \"a\"", "Last-Modified: @-60", true},
           {"ETag: \"a\"\nLast-Modified: @-60", "ETag: \"a\"\nLast-Modified: @-50", true},
           {"ETag: \"a\"\nLast-Modified: @-60", "Last-Modified: @-50", false},
           {"Last-Modified: @-60", "Last-Modified: @-60", true},
           {"Last-Modified: @-60", "Last-Modified: @-50", false},
           {"Last-Modified: @-60", "ETag: \"a\"", false},
           {"Last-Modified: @-60", "ETag: \"a\"\nLast-Modified: @-60", true},
           {"Last-Modified: @-60", "", true},
       }) {
    const Written stored(c.stored);
    const Written fresh(c.fresh);
    EXPECT_EQ(is_freshened_by(stored.fields(), fresh.fields()), c.expected) << c.stored << " | " << c.fresh;
  }
}

std::string freshened(const char* stored_text, const char* fresh_text, const Policy& policy = {}) {
  const Written stored(stored_text);
  const Written fresh(fresh_text);
  wire::http::Fields fields = stored.fields();
  freshen(fields, fresh.fields(), policy);
  return sorted_text(fields);
}

TEST(Freshening, FieldsOfTheStoredResponse) {  // section 3.2
  EXPECT_EQ(freshened("A: 1\nB: 1", "A: 2\nC: 3"), "A:2 B:1 C:3");
  EXPECT_EQ(freshened("A: 1\nA: 2", "a: 3\na: 4"), "a:3 a:4");
  EXPECT_EQ(freshened("Cache-Control: max-age=1\nDate: x\nExpires: y", "Cache-Control: max-age=9\nDate: z\nExpires: w"),
            "Cache-Control:max-age=9 Date:z Expires:w");
  EXPECT_EQ(
      freshened("Content-Type: text/plain\nContent-Location: /a", "Content-Type: text/html\nContent-Location: /b"),
      "Content-Location:/b Content-Type:text/html");
  for (const char* name : {"Content-Length", "Content-Encoding", "Content-Range", "Content-MD5", "Content-Digest",
                           "Repr-Digest", "ETag"}) {
    const std::string stored = std::string(name) + ": 1";
    const std::string fresh = std::string(name) + ": 2";
    EXPECT_EQ(freshened(stored.c_str(), fresh.c_str()), std::string(name) + ":1");
  }
  EXPECT_EQ(freshened("A: 1", "ETag: \"a\""), "A:1 ETag:\"a\"");
  EXPECT_EQ(freshened("A: 1\nB: 1", "Connection: a\nA: 2\nB: 2\nKeep-Alive: x\nProxy-Authenticate: y"), "A:1 B:2");
  EXPECT_EQ(freshened("A: 1", "Age: 5"), "A:1 Age:5");
  EXPECT_EQ(freshened("A: 1", "Set-Cookie: a=b"), "A:1");
  Policy policy;
  policy.stores_set_cookie = true;
  EXPECT_EQ(freshened("A: 1", "Set-Cookie: a=b\nSet-Cookie: c=d", policy), "A:1 Set-Cookie:a=b Set-Cookie:c=d");
}

TEST(Freshening, MakesItFreshAgain) {  // section 4.3.4
  using namespace std::chrono_literals;
  Pair pair("", 200, "Date: @-100\nETag: \"a\"\nCache-Control: max-age=10");
  EXPECT_EQ(judge_storing(pair.fetched(), {}).meta.ttl(kThen), -90s);
  const Written fresh("Date: @-1\nAge: 3\nCache-Control: max-age=20");
  const wire::http::Fields fields = fresh.fields();
  freshen(pair.response.fields, fields, {});
  const Storing again = judge_storing(pair.fetched(), {});
  EXPECT_TRUE(again.store);
  EXPECT_EQ(again.meta.ttl(kThen), 17s);
}

TEST(AnswersToHead, SayWhetherTheStoredIsStillThere) {  // section 4.3.5
  struct Case {
    std::uint16_t status;
    const char* answer;
    HeadEffect expected;
  };
  const Written stored("ETag: \"a\"\nLast-Modified: @-60\nContent-Length: 5");
  for (const Case& c : std::vector<Case>{
           {200, "ETag: \"a\"\nLast-Modified: @-60\nContent-Length: 5", HeadEffect::kFreshens},
           {200, "", HeadEffect::kFreshens},
           {200, "ETag: \"b\"", HeadEffect::kInvalidates},
           {200, "ETag: \"a\"\nContent-Length: 6", HeadEffect::kInvalidates},
           {200, "Last-Modified: @-59", HeadEffect::kInvalidates},
           {410, "ETag: \"b\"", HeadEffect::kNone},
           {304, "ETag: \"b\"", HeadEffect::kNone},
       }) {
    const Pair pair("", c.status, c.answer);
    EXPECT_EQ(effect_of_head(stored.fields(), pair.response), c.expected) << c.status << c.answer;
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
