#include "proxy/ctl/client/json.h"

#include <gtest/gtest.h>

namespace headgate::proxy::ctl::client {
namespace {

TEST(Json, EveryLookHasAnAnswer) {
  const Json json = *parse_json(R"({"name":"a\u001b[2J","n":3,"minus":-4,"big":1e300,"t":true,"l":[1],"o":{"x":1}})");
  EXPECT_EQ(text(json, "name"), "a\\x1b[2J");
  EXPECT_EQ(raw_text(json, "name"), "a\x1b[2J");
  EXPECT_EQ(text(json, "n"), "");
  EXPECT_EQ(text(json, "absent"), "");
  EXPECT_EQ(count(json, "n"), 3u);
  EXPECT_EQ(count(json, "minus"), 0u);
  EXPECT_EQ(count(json, "big"), 1'000'000'000'000'000'000u);
  EXPECT_EQ(count(json, "name"), 0u);
  EXPECT_EQ(number(json, "name", 7), 7);
  EXPECT_TRUE(truth(json, "t"));
  EXPECT_FALSE(truth(json, "n"));
  EXPECT_EQ(list(json, "l").size(), 1u);
  EXPECT_TRUE(list(json, "o").empty());
  EXPECT_TRUE(member(json, "absent").is_null());
  EXPECT_TRUE(member(member(json, "absent"), "x").is_null());
  EXPECT_TRUE(member(list(json, "l"), "x").is_null());
}

TEST(Json, RefusesWhatIsNone) {
  EXPECT_FALSE(parse_json(""));
  EXPECT_FALSE(parse_json("{"));
  EXPECT_FALSE(parse_json("{} {}"));
  EXPECT_FALSE(parse_json("\xff"));
  EXPECT_TRUE(parse_json("{}"));
}

TEST(Json, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_FALSE(parse_json(nested(kJsonDepthMax + 2)));
  EXPECT_FALSE(parse_json(nested(1'000'000)));
}

TEST(Json, Times) {
  const Json json = {{"at", "2026-11-26T01:04:43.123Z"},
                     {"short", "2026-11-26"},
                     {"bad", "2026-13-26T01:04:43Z"},
                     {"zone", "2026-11-26T01:04:43.123+01:00"}};
  EXPECT_EQ(time(json, "at"), base::WallTime(std::chrono::milliseconds(1795655083123)));
  EXPECT_FALSE(time(json, "short"));
  EXPECT_FALSE(time(json, "bad"));
  EXPECT_FALSE(time(json, "zone"));
  EXPECT_FALSE(time(json, "absent"));
  EXPECT_FALSE(time({{"at", "2200-01-01T00:00:00Z"}}, "at")) << "beyond what a WallTime holds for sure";
  EXPECT_FALSE(time({{"at", "1969-12-31T23:59:59Z"}}, "at"));
}

TEST(Json, SecondsAreBounded) {
  const Json json = {{"age", 1.5}, {"minus", -1}, {"much", 1e300}};
  EXPECT_EQ(seconds(json, "age"), std::chrono::milliseconds(1500));
  EXPECT_EQ(seconds(json, "minus"), base::Duration(0));
  EXPECT_GT(seconds(json, "much"), std::chrono::hours(24 * 365 * 199));
}

TEST(Json, LinesAreMadeVisibleOneByOne) {
  const Json json = {{"text", "a\x1b\nb\n\nc"}};
  EXPECT_EQ(lines(json, "text"), (std::vector<std::string>{"a\\x1b", "b", "", "c"}));
  EXPECT_TRUE(lines(json, "absent").empty());
}

}  // namespace
}  // namespace headgate::proxy::ctl::client
