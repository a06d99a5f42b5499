#include "proxy/explain/json.h"

#include <gmock/gmock.h>

namespace headgate::proxy::explain {
namespace {

using testing::HasSubstr;

TEST(ExplanationJson, ComesBackAsItWent) {
  Explanation there;
  there.configuration = "headgate.yaml";
  there.listener.others = {"a", "b"};
  there.request.accepted = true;
  there.route.emplace().earlier.push_back({"r", 3, 9, "host", "host is 'x'", true});
  there.timeouts.emplace().connect_ms = 250;
  there.pool.emplace().backends.emplace_back().chance_percent = 33.25;
  there.answer.body_bytes = 0;
  const std::string json = json_of(there);
  const base::Result<Explanation> back = explanation_from(json);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(json_of(*back), json);
  EXPECT_EQ(back->route->earlier[0].why, "host is 'x'");
  EXPECT_FALSE(back->rate_limit);
}

TEST(ExplanationJson, OfAnotherVersionIsUnderstoodAsFarAsItGoes) {
  const base::Result<Explanation> back = explanation_from(R"({"new": [1], "answer": {"status": 404, "more": {}}})");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->answer.status, 404);
}

TEST(ExplanationJson, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "{", R"({"answer": {"status": "x"}})", R"({"fields": [1]})"}) {
    const base::Result<Explanation> back = explanation_from(text);
    ASSERT_FALSE(back) << text;
    EXPECT_THAT(back.error().message, HasSubstr("no explanation"));
  }
}

TEST(ExplanationJson, BytesThatAreNoTextAreMarked) {
  Explanation odd;
  odd.asked.url = "http://x/\xff";
  EXPECT_THAT(json_of(odd), HasSubstr("http://x/\xef\xbf\xbd"));
}

}  // namespace
}  // namespace headgate::proxy::explain
