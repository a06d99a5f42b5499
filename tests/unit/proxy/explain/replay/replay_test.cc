#include "proxy/explain/replay/replay.h"

#include <gtest/gtest.h>

namespace headgate::proxy::explain::replay {
namespace {

TEST(Limit, IsANumberOrAShare) {
  EXPECT_FALSE(limit_of("3")->is_exceeded(3, 10));
  EXPECT_TRUE(limit_of("3")->is_exceeded(4, 10));
  EXPECT_FALSE(limit_of("10%")->is_exceeded(1, 10));
  EXPECT_TRUE(limit_of("10%")->is_exceeded(2, 10));
  EXPECT_FALSE(limit_of("0%")->is_exceeded(0, 0));
  EXPECT_FALSE(limit_of("0")->is_exceeded(0, 0));
  for (const char* text : {"", "-1", "1.5", "x", "1 ", "9999999999999999999"}) EXPECT_FALSE(limit_of(text)) << text;
}

TEST(Report, IsReadableAndCompleteInItsBounds) {
  Report report;
  report.before = "old.yaml";
  report.after = "new.yaml";
  report.lines = report.compared = report.changed = 2000;
  report.over_limit = true;
  report.limit = "0";
  for (int i = 0; i < 20; ++i) report.moves.push_back({"a", "b", 1, {"route"}, {}});
  report.moves_left_out = 5;
  const std::string text = text_of(report, {});
  EXPECT_NE(text.find("and 13 more kinds of change; --json lists the first 1000"), std::string::npos) << text;
  EXPECT_NE(text.find("2000 changed, above the limit of 0."), std::string::npos) << text;
  EXPECT_NE(json_of(report).find("\"moves_left_out\": 5"), std::string::npos);
}

}  // namespace
}  // namespace headgate::proxy::explain::replay
