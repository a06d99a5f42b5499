#include "health/checks/active.h"

#include <gtest/gtest.h>

#include <string_view>

namespace headgate::health::checks {
namespace {

struct Case {
  const char* name;
  std::uint32_t fall;
  std::uint32_t rise;
  std::string_view results;  // '+' passed, '-' failed, '.' undecided
  std::string_view states;   // after each: 'u' unchecked, 'p' passing, 'f' failing
};

char letter(ActiveState state) {
  return to_string(state)[0];
}

class ActiveChecksTable : public ::testing::TestWithParam<Case> {};

TEST_P(ActiveChecksTable, FollowsTheResults) {
  const Case& c = GetParam();
  ActiveChecks checks;
  std::string states;
  for (char result : c.results) {
    const ActiveState before = checks.state();
    const Verdict verdict = result == '+' ? Verdict::kPassed : result == '-' ? Verdict::kFailed : Verdict::kUndecided;
    const bool changed = checks.record(verdict, {c.fall, c.rise});
    EXPECT_EQ(changed, checks.state() != before);
    states += letter(checks.state());
  }
  EXPECT_EQ(states, c.states);
}

INSTANTIATE_TEST_SUITE_P(Cases, ActiveChecksTable,
                         ::testing::Values(Case{"first_pass_decides", 3, 2, "+", "p"},
                                           Case{"first_failure_decides", 3, 2, "-", "f"},
                                           Case{"undecided_does_not", 3, 2, "..-", "uuf"},
                                           Case{"falls_after_three", 3, 2, "+---", "pppf"},
                                           Case{"one_pass_starts_over", 3, 2, "+--+--+---", "pppppppppf"},
                                           Case{"rises_after_two", 3, 2, "-++", "ffp"},
                                           Case{"one_failure_starts_over", 3, 2, "-+-++", "ffffp"},
                                           Case{"undecided_does_not_start_over", 3, 2, "+-.-.-", "pppppf"},
                                           Case{"fall_and_rise_of_one", 1, 1, "+-+-", "pfpf"},
                                           Case{"there_and_back", 2, 3, "+--+++--", "ppfffppf"}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(ActiveChecks, SaysHowManyResultsDecided) {
  ActiveChecks checks;
  EXPECT_EQ(checks.deciding_run(), 0u);
  checks.record(Verdict::kFailed, {3, 2});
  EXPECT_EQ(checks.deciding_run(), 1u);
  checks.record(Verdict::kPassed, {3, 2});
  checks.record(Verdict::kPassed, {3, 2});
  EXPECT_EQ(checks.deciding_run(), 2u);
}

TEST(ActiveChecks, ThresholdsMayChangeInTheMiddleOfARun) {
  ActiveChecks checks;
  checks.record(Verdict::kPassed, {5, 2});
  checks.record(Verdict::kFailed, {5, 2});
  checks.record(Verdict::kFailed, {5, 2});
  EXPECT_EQ(checks.state(), ActiveState::kPassing);
  EXPECT_TRUE(checks.record(Verdict::kFailed, {2, 2}));
  EXPECT_EQ(checks.state(), ActiveState::kFailing);
  EXPECT_EQ(checks.deciding_run(), 3u);
}

TEST(ActiveChecks, ForgetsWhenChecksEnd) {
  ActiveChecks checks;
  EXPECT_FALSE(checks.forget());
  checks.record(Verdict::kFailed, {3, 2});
  EXPECT_TRUE(checks.forget());
  EXPECT_EQ(checks.state(), ActiveState::kUnchecked);
  EXPECT_TRUE(checks.record(Verdict::kPassed, {3, 2}));  // the first decides again
}

}  // namespace
}  // namespace headgate::health::checks
