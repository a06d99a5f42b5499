#include "base/suggest.h"

#include <gtest/gtest.h>

namespace headgate::base {
namespace {

const std::vector<std::string> kKnown = {"app", "listeners", "pools", "routes", "rate_limit", "timeouts"};

TEST(Suggestion, TheNearestName) {
  EXPECT_EQ(suggestion_for("ap", kKnown), " (did you mean 'app'?)");
  EXPECT_EQ(suggestion_for("listner", kKnown), " (did you mean 'listeners'?)");
  EXPECT_EQ(suggestion_for("ROUTES", kKnown), " (did you mean 'routes'?)");
  EXPECT_EQ(suggestion_for("ratelimit", kKnown), " (did you mean 'rate_limit'?)");
}

TEST(Suggestion, TwoSwappedLettersAreOneMistake) {
  EXPECT_EQ(suggestion_for("pa", {"ap"}), " (did you mean 'ap'?)");
  EXPECT_EQ(suggestion_for("poosl", kKnown), " (did you mean 'pools'?)");
}

TEST(Suggestion, NothingNear) {
  EXPECT_EQ(suggestion_for("xyzzy", kKnown), "");
  EXPECT_EQ(suggestion_for("", kKnown), "");
  EXPECT_EQ(suggestion_for("app", std::vector<std::string>{}), "");
}

TEST(Suggestion, AtMostAThirdOfTheLongerText) {
  EXPECT_EQ(suggestion_for("abcxyz", {"abcdef"}), "");
  EXPECT_EQ(suggestion_for("abcdyz", {"abcdef"}), " (did you mean 'abcdef'?)");
}

TEST(Suggestion, LongTextsAreNotCompared) {
  EXPECT_EQ(suggestion_for(std::string(65, 'a'), {std::string(65, 'a')}), "");
  EXPECT_NE(suggestion_for(std::string(64, 'a'), {std::string(64, 'a')}), "");
}

}  // namespace
}  // namespace headgate::base
