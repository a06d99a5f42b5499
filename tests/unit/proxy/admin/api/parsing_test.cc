#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/admin/api/members.h"
#include "proxy/admin/api/parameters.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/api/router.h"

// What a request to the API is taken apart by: path, query and body.
namespace headgate::proxy::admin::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::http::Method;

std::string detail_of(const Answer& refused) {
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.type, kProblemType);
  return refused.body["detail"].get<std::string>();
}

std::string refusal_of_body(std::string_view text) {
  const std::variant<Json, Answer> parsed = parse_body(text);
  const Answer* refused = std::get_if<Answer>(&parsed);
  return refused == nullptr ? "accepted" : detail_of(*refused);
}

TEST(Body, IsAnObject) {
  EXPECT_EQ(std::get<Json>(parse_body(R"({"a": 1, "b": [1, {"a": 2}]})"))["b"][1]["a"], 2);
  for (const char* empty : {"", " \r\n\t", "{}"}) EXPECT_TRUE(std::get<Json>(parse_body(empty)).empty()) << empty;
  EXPECT_EQ(refusal_of_body("[]"), "The body is a JSON object, not array.");
  EXPECT_EQ(refusal_of_body("null"), "The body is a JSON object, not null.");
  EXPECT_EQ(refusal_of_body("7"), "The body is a JSON object, not number.");
}

TEST(Body, SaysWhereItIsNoJson) {
  EXPECT_EQ(refusal_of_body("{\"a\": 1,\n  \"b\": x}"), "The body is not JSON at line 2, column 8.");
  EXPECT_EQ(refusal_of_body("{"), "The body is not JSON at line 1, column 2.");
  EXPECT_EQ(refusal_of_body("{} {}"), "The body is not JSON at line 1, column 4.");
  for (const char* malformed : {"{'a': 1}", "{a: 1}", "{\"a\": 1,}", "{\"a\": 01}", "{\"a\": NaN}", "{\"a\": \"\x01\"}",
                                "{\"a\": \"\xff\"}", "{\"a\": \"\\ud800\"}", "{\"a\" 1}", "// x\n{}", "\xef\xbb"}) {
    EXPECT_THAT(refusal_of_body(malformed), HasSubstr("The body is not JSON at line 1")) << malformed;
  }
  EXPECT_EQ(refusal_of_body("{\"a\": 1e999}"), "The body has a number out of range.");
}

TEST(Body, HasNoMemberTwice) {
  EXPECT_EQ(refusal_of_body(R"({"a": 1, "a": 1})"), "The member \"a\" comes twice.");
  EXPECT_EQ(refusal_of_body(R"({"a": {"b": 1, "c": {"b": 2}, "b": 3}})"), "The member \"b\" comes twice.");
  EXPECT_EQ(refusal_of_body(R"({"a": [{"b": 1}, {"b": 1}], "b": 1})"), "accepted");
}

TEST(Body, IsNoDeeperThanItsBound) {
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels - 1), '[') +
           std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
  };
  EXPECT_EQ(refusal_of_body(nested(kBodyDepthMax)), "accepted");
  EXPECT_EQ(refusal_of_body(nested(kBodyDepthMax + 1)), "The body is nested deeper than 16 levels.");
  EXPECT_EQ(refusal_of_body(nested(kBodyBytesMax / 2 - 10)), "The body is nested deeper than 16 levels.");
}

TEST(Members, Texts) {
  const Json body = {{"why", "new kernel"}, {"none", nullptr}};
  Members members(body);
  EXPECT_EQ(members.text("why", 10), "new kernel");
  EXPECT_EQ(members.text("none", 10), std::nullopt);
  EXPECT_EQ(members.text("absent", 10), std::nullopt);
  EXPECT_FALSE(members.refusal());
  for (const Json& wrong : {Json("new kernels"), Json(7), Json("a\nb"), Json("\x7f"), Json::array()}) {
    const Json wrong_body = {{"why", wrong}};
    Members refused(wrong_body);
    EXPECT_EQ(refused.text("why", 10), std::nullopt);
    EXPECT_THAT(detail_of(*refused.refusal()), HasSubstr("why is one line of at most 10 bytes, not ")) << wrong;
  }
}

TEST(Members, Durations) {
  for (const auto& [text, expected] : std::vector<std::pair<Json, std::optional<base::Duration>>>{{"0s", 0s},
                                                                                                  {"90s", 90s},
                                                                                                  {"1h", 1h},
                                                                                                  {"61m", {}},
                                                                                                  {"-1s", {}},
                                                                                                  {"1", {}},
                                                                                                  {"", {}},
                                                                                                  {90, {}},
                                                                                                  {"1.5s", {}}}) {
    const Json body = {{"over", text}};
    Members members(body);
    EXPECT_EQ(members.duration("over", 0s, 1h), expected) << text;
    const std::optional<Answer> refused = members.refusal();
    EXPECT_EQ(refused.has_value(), !expected);
    if (refused) EXPECT_THAT(detail_of(*refused), HasSubstr("over is a duration from 0s to 1h such as"));
  }
}

TEST(Members, Numbers) {
  for (const auto& [value, expected] : std::vector<std::pair<Json, std::optional<std::uint32_t>>>{
           {1u, 1}, {100u, 100}, {0u, {}}, {101u, {}}, {-1, {}}, {1.0, {}}, {"1", {}}, {true, {}}, {1ull << 40, {}}}) {
    const Json body = {{"percent", value}};
    Members members(body);
    EXPECT_EQ(members.number("percent", 1, 100), expected) << value;
    const std::optional<Answer> refused = members.refusal();
    EXPECT_EQ(refused.has_value(), !expected);
    if (refused) EXPECT_THAT(detail_of(*refused), HasSubstr("percent is a whole number from 1 to 100, not "));
  }
}

TEST(Members, WordsAndWhatIsUnknownOrMissing) {
  constexpr std::string_view kWords[] = {"debug", "info"};
  const Json good = {{"level", "info"}};
  Members taken(good);
  EXPECT_EQ(taken.word("level", kWords), 1u);
  EXPECT_FALSE(taken.refusal());
  const Json near = {{"level", "inof"}};
  Members misspelt(near);
  EXPECT_EQ(misspelt.word("level", kWords), std::nullopt);
  EXPECT_EQ(detail_of(*misspelt.refusal()), "level is one of debug, info, not \"inof\" (did you mean 'info'?)");
  const Json other = {{"levle", "info"}};
  Members unknown(other);
  EXPECT_EQ(unknown.word("level", kWords), std::nullopt);
  EXPECT_EQ(detail_of(*unknown.refusal()), "there is no member \"levle\" here (did you mean 'level'?)");
  const Json nothing = Json::object();
  Members missing(nothing);
  missing.word("level", kWords);
  missing.require("level", "{}");
  EXPECT_EQ(detail_of(*missing.refusal()), "level is missing; a body is for example {}");
}

TEST(Parameters, Queries) {
  Parameters parameters("limit=10&client=10.0.0.1&listener=a%20b&&empty=&bare");
  EXPECT_EQ(parameters.number("limit", 1, 10), 10u);
  EXPECT_EQ(parameters.text("client"), "10.0.0.1");
  EXPECT_EQ(parameters.text("listener"), "a b");
  EXPECT_EQ(parameters.text("empty"), "");
  EXPECT_EQ(parameters.text("bare"), "");
  EXPECT_EQ(parameters.text("absent"), std::nullopt);
  EXPECT_FALSE(parameters.refusal());
}

TEST(Parameters, AreRefused) {
  const auto refusal = [](std::string_view query) {
    Parameters parameters(query);
    parameters.number("limit", 1, 10);
    parameters.texts("pool", 2);
    const std::optional<Answer> refused = parameters.refusal();
    return refused ? detail_of(*refused) : "accepted";
  };
  EXPECT_EQ(refusal("limit=1"), "accepted");
  EXPECT_EQ(refusal("limit=0"), "limit is a whole number from 1 to 10, not '0'");
  EXPECT_EQ(refusal("limit=11"), "limit is a whole number from 1 to 10, not '11'");
  EXPECT_EQ(refusal("limit=+1"), "limit is a whole number from 1 to 10, not '+1'");
  EXPECT_EQ(refusal("limit="), "limit is a whole number from 1 to 10, not ''");
  EXPECT_EQ(refusal("limit=1&limit=1"), "limit comes more than once");
  EXPECT_EQ(refusal("pool=a&pool=b"), "accepted");
  EXPECT_EQ(refusal("pool=a&pool=b&pool=c"), "pool comes more than 2 times");
  EXPECT_EQ(refusal("limits=1"), "there is no parameter 'limits' here (did you mean 'limit'?)");
  EXPECT_EQ(refusal("limit=%zz"), "the query has a broken escape in 'limit=%zz'");
}

TEST(Router, FindsRoutesAndNames) {
  const auto found = [](Method method, std::string_view path) { return find_route(routes(), method, path); };
  ASSERT_NE(found(Method::kGet, "/api/v1/status").route, nullptr);
  EXPECT_EQ(found(Method::kHead, "/api/v1/status").route, found(Method::kGet, "/api/v1/status").route);
  const Found drain = found(Method::kPost, "/api/v1/pools/a%2Fb/backends/10.0.0.1:80/drain");
  ASSERT_NE(drain.route, nullptr);
  EXPECT_THAT(drain.names, ElementsAre("a/b", "10.0.0.1:80"));
  EXPECT_EQ(drain.route->purpose, Purpose::kChange);
  for (const char* path : {"/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/status", "/api/v1/status/",
                           "/api/v1/Status", "/api/v1//status", "/api/v1/pools//backends/a/drain",
                           "/api/v1/pools/a/backends/b", "/api/v1x/status", "/api/v1/pools/a/backends/b/drain/c"}) {
    const Found none = found(Method::kGet, path);
    EXPECT_EQ(none.route, nullptr) << path;
    EXPECT_EQ(none.allow, "") << path;
  }
}

TEST(Router, KnowsWhatAPathIsFor) {
  const auto allowed = [](Method method, std::string_view path) { return find_route(routes(), method, path).allow; };
  EXPECT_EQ(allowed(Method::kPost, "/api/v1/status"), "GET, HEAD");
  EXPECT_EQ(allowed(Method::kGet, "/api/v1/reload"), "POST");
  EXPECT_EQ(allowed(Method::kPost, "/api/v1/log-level"), "GET, HEAD, PUT");
  EXPECT_EQ(allowed(Method::kOptions, "/api/v1/log-level"), "GET, HEAD, PUT");
}

TEST(Router, OnlyReadingNeedsNoToken) {
  for (const Route& route : routes()) {
    if (route.method == Method::kGet) EXPECT_EQ(route.purpose, Purpose::kRead) << route.path;
    if (route.method == Method::kPut) EXPECT_EQ(route.purpose, Purpose::kChange) << route.path;
  }
}

}  // namespace
}  // namespace headgate::proxy::admin::api
