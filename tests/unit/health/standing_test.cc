#include "health/checks/standing.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;

class StandingTest : public ::testing::Test {
 protected:
  StandingTest() {
    settings_.check = config::HttpCheck();
    settings_.outlier = config::Outlier{};
    settings_.slow_start = 90s;
  }
  bool pass() { return standing_.on_finding({Verdict::kPassed, "HTTP 200 from /healthz"}, settings_, now_); }
  bool fail() { return standing_.on_finding({Verdict::kFailed, "HTTP 503 from /healthz"}, settings_, now_); }
  bool errors(std::uint32_t n) { return standing_.on_errors(n, settings_, now_, true); }
  bool wait(base::Duration duration) {
    now_ += duration;
    return standing_.on_time(settings_, now_);
  }
  bool drain(bool draining, std::string_view why) {
    return standing_.on_configured_drain(draining, why, settings_, now_);
  }
  bool wish(const OperatorWish& wish, std::string_view why) { return standing_.on_wish(wish, why, settings_, now_); }

  base::Time now_{1000s};
  config::Health settings_;
  Standing standing_;
};

TEST_F(StandingTest, IsUpBeforeTheFirstCheck) {
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "not checked yet");
  EXPECT_EQ(standing_.weight_percent(), 100u);
}

TEST_F(StandingTest, TheFirstPassChangesNothingButTheReason) {
  EXPECT_FALSE(pass());
  EXPECT_EQ(standing_.why(), "HTTP 200 from /healthz, 1 of 1 passed");
  EXPECT_EQ(standing_.weight_percent(), 100u);  // no slow start when the process begins
}

TEST_F(StandingTest, TheFirstFailureTakesItDown) {
  EXPECT_TRUE(fail());
  EXPECT_EQ(standing_.state(), State::kDown);
  EXPECT_EQ(standing_.why(), "HTTP 503 from /healthz, 1 of 1 failed");
}

TEST_F(StandingTest, FallsAndRisesSlowly) {
  pass();
  EXPECT_FALSE(fail());
  EXPECT_FALSE(fail());
  EXPECT_TRUE(fail());
  EXPECT_EQ(standing_.why(), "HTTP 503 from /healthz, 3 of 3 failed");
  EXPECT_FALSE(pass());
  EXPECT_TRUE(pass());
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "HTTP 200 from /healthz, 2 of 2 passed");
  EXPECT_EQ(standing_.weight_percent(), 10u);
  EXPECT_TRUE(wait(10s));
  EXPECT_EQ(standing_.weight_percent(), 20u);
  EXPECT_FALSE(wait(9s));
  EXPECT_TRUE(wait(71s));
  EXPECT_EQ(standing_.weight_percent(), 100u);
}

TEST_F(StandingTest, EjectedAndBack) {
  EXPECT_TRUE(errors(5));
  EXPECT_EQ(standing_.state(), State::kEjected);
  EXPECT_EQ(standing_.why(), "5 errors within 10s, ejected for 30s");
  EXPECT_EQ(standing_.next_change(), now_ + 30s);
  EXPECT_TRUE(wait(30s));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "its ejection for 30s is over");
  EXPECT_EQ(standing_.weight_percent(), 10u);
  EXPECT_EQ(standing_.ejections(), 1u);
}

TEST_F(StandingTest, DownBeatsEjected) {
  pass();
  errors(5);
  fail();
  fail();
  EXPECT_TRUE(fail());
  EXPECT_EQ(standing_.state(), State::kDown);
  EXPECT_FALSE(wait(30s));  // the ejection ends beneath
  EXPECT_EQ(standing_.state(), State::kDown);
  pass();
  EXPECT_TRUE(pass());
  EXPECT_EQ(standing_.state(), State::kUp);
}

TEST_F(StandingTest, PassesWhileStillEjected) {
  errors(5);
  fail();
  EXPECT_EQ(standing_.state(), State::kDown);
  pass();
  EXPECT_TRUE(pass());
  EXPECT_EQ(standing_.state(), State::kEjected);
  EXPECT_EQ(standing_.why(), "5 errors within 10s, ejected for 30s");
}

TEST_F(StandingTest, DrainingBeatsAllAndChecksGoOnBeneath) {
  pass();
  EXPECT_TRUE(drain(true, "new kernel"));
  EXPECT_EQ(standing_.state(), State::kDraining);
  EXPECT_EQ(standing_.why(), "new kernel");
  fail();
  fail();
  EXPECT_FALSE(fail());
  errors(5);
  EXPECT_EQ(standing_.state(), State::kDraining);
  EXPECT_TRUE(drain(false, ""));
  EXPECT_EQ(standing_.state(), State::kDown);
  EXPECT_EQ(standing_.why(), "HTTP 503 from /healthz, 3 of 3 failed");
}

TEST_F(StandingTest, EnablingABackendThatWasWellIsNoSlowStart) {
  pass();
  drain(true, "new kernel");
  EXPECT_TRUE(drain(false, ""));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "enabled");
  EXPECT_EQ(standing_.weight_percent(), 100u);
}

TEST_F(StandingTest, DrainedAgainForAnotherReason) {
  drain(true, "new kernel");
  EXPECT_FALSE(drain(true, "new disk"));
  EXPECT_EQ(standing_.why(), "new disk");
}

TEST_F(StandingTest, ASlowStartInterruptedBeginsAnew) {
  errors(5);
  wait(30s);
  wait(50s);
  EXPECT_EQ(standing_.weight_percent(), 60u);
  EXPECT_TRUE(errors(5));
  EXPECT_EQ(standing_.state(), State::kEjected);
  wait(60s);
  EXPECT_EQ(standing_.weight_percent(), 10u);
}

TEST_F(StandingTest, WithoutChecksADownBackendIsUpAgain) {
  fail();
  settings_.check = {};
  EXPECT_TRUE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "its checks are switched off");
}

TEST_F(StandingTest, WithoutChecksFromTheStartSaysSo) {
  settings_.check = {};
  EXPECT_FALSE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.why(), "not checked");
  settings_.check = config::TcpCheck{};
  EXPECT_FALSE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.why(), "not checked yet");
}

TEST_F(StandingTest, WithoutOutlierSettingsAnEjectedBackendIsUpAgain) {
  errors(5);
  settings_.outlier.reset();
  EXPECT_TRUE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "ejection is switched off");
  EXPECT_FALSE(errors(500));
}

TEST_F(StandingTest, WithoutSlowStartTheWeightIsFullAtOnce) {
  errors(5);
  wait(30s);
  settings_.slow_start = 0s;
  EXPECT_TRUE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.weight_percent(), 100u);
}

TEST_F(StandingTest, ASmallerCapBringsItBack) {
  errors(5);
  EXPECT_TRUE(standing_.on_smaller_cap(settings_, now_));
  EXPECT_EQ(standing_.state(), State::kUp);
}

TEST_F(StandingTest, AnOperatorDrainsOverATime) {
  OperatorWish drained;
  drained.drain(now_, 100s);
  EXPECT_FALSE(wish(drained, "new kernel")) << "nothing shows yet";
  EXPECT_EQ(standing_.next_change(), now_ + 1s);
  EXPECT_TRUE(wait(50s));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.weight_percent(), 50u);
  EXPECT_TRUE(wait(50s));
  EXPECT_EQ(standing_.state(), State::kDraining);
  EXPECT_EQ(standing_.why(), "new kernel");
  EXPECT_EQ(standing_.weight_percent(), 0u);
  OperatorWish enabled = standing_.wish();
  enabled.enable(now_, 0s);
  EXPECT_TRUE(wish(enabled, "it is in"));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.why(), "it is in");
  EXPECT_EQ(standing_.weight_percent(), 100u);
}

TEST_F(StandingTest, DisabledBeatsEverything) {
  drain(true, "drain: true");
  OperatorWish disabled;
  disabled.disable();
  EXPECT_TRUE(wish(disabled, "fire"));
  EXPECT_EQ(standing_.state(), State::kDisabled);
  EXPECT_EQ(standing_.why(), "fire");
  fail();
  EXPECT_EQ(standing_.state(), State::kDisabled);
  EXPECT_TRUE(wish(OperatorWish(), "it is out"));
  EXPECT_EQ(standing_.state(), State::kDraining) << "the configuration still drains it";
  EXPECT_EQ(standing_.why(), "drain: true");
  EXPECT_TRUE(drain(false, "drain was taken out"));
  EXPECT_EQ(standing_.state(), State::kDown);
}

TEST_F(StandingTest, TheOperatorsShareIsOfWhatSlowStartLeaves) {
  pass();
  fail();
  fail();
  fail();
  pass();
  pass();
  EXPECT_EQ(standing_.weight_percent(), 10u);
  OperatorWish half;
  half.set_percent(50, now_, 0s);
  EXPECT_TRUE(wish(half, "half"));
  EXPECT_EQ(standing_.weight_percent(), 5u);
  half.set_percent(1, now_, 0s);
  wish(half, "one");
  EXPECT_EQ(standing_.weight_percent(), 1u) << "never 0 by rounding";
  half.set_percent(0, now_, 0s);
  wish(half, "none");
  EXPECT_EQ(standing_.weight_percent(), 0u);
  EXPECT_EQ(standing_.state(), State::kUp) << "it only has no weight";
}

TEST_F(StandingTest, AnHeirBeginsWhereTheOtherEnded) {
  pass();
  errors(5);
  fail();
  fail();
  fail();
  now_ += 10s;
  Standing heir;
  heir.inherit(standing_.to_be_inherited(now_), now_);
  EXPECT_EQ(heir.state(), State::kDown);
  EXPECT_EQ(heir.why(), standing_.why());
  EXPECT_TRUE(heir.is_ejected());
  EXPECT_EQ(heir.ejections(), 1u);
  EXPECT_EQ(heir.next_change(), now_ + 20s);
  EXPECT_FALSE(heir.on_settings(settings_, now_));
  heir.on_finding({Verdict::kPassed, "x"}, settings_, now_);
  heir.on_finding({Verdict::kPassed, "x"}, settings_, now_);
  EXPECT_EQ(heir.state(), State::kEjected);
  Standing untouched;
  untouched.inherit(Standing().to_be_inherited(now_), now_);
  EXPECT_EQ(untouched.state(), State::kUp);
  EXPECT_EQ(untouched.why(), "not checked yet");
}

TEST_F(StandingTest, AnAgentsWordHoldsUntilItSaysOtherwise) {
  settings_.load_feedback = {config::LoadFeedback::By::kAgent, 9999};
  const auto says = [this](std::string_view line) {
    const std::string bytes = std::string(line) + "\n";
    const auto reply = wire::load_report::parse_agent_line(bytes);
    return standing_.on_agent(reply.value(), reply->why, settings_, now_);
  };
  pass();
  EXPECT_TRUE(says("down the disk is full"));
  EXPECT_EQ(standing_.state(), State::kDown);
  EXPECT_EQ(standing_.why(), "its agent says down: the disk is full");
  EXPECT_FALSE(says("80%")) << "a percentage alone does not bring it back";
  EXPECT_TRUE(says("drain"));
  EXPECT_EQ(standing_.state(), State::kDraining);
  EXPECT_TRUE(says("up maint"));
  EXPECT_EQ(standing_.state(), State::kDisabled);
  EXPECT_EQ(standing_.why(), "its agent says maint");
  EXPECT_TRUE(says("ready"));
  EXPECT_EQ(standing_.state(), State::kUp);
  EXPECT_EQ(standing_.weight_percent(), 10u) << "it was down, and starts slowly";
  EXPECT_TRUE(says("0%"));
  EXPECT_EQ(standing_.state(), State::kDraining);
  EXPECT_TRUE(says("1%"));
  EXPECT_EQ(standing_.state(), State::kUp);
  says("drain");
  settings_.load_feedback = {};
  EXPECT_TRUE(standing_.on_settings(settings_, now_));
  EXPECT_EQ(standing_.state(), State::kUp) << "nobody asks it any more";
}

TEST_F(StandingTest, AnAgentAndAnOperatorStandBesideEachOther) {
  const auto reply = wire::load_report::parse_agent_line("drain\n");
  standing_.on_agent(*reply, {}, settings_, now_);
  OperatorWish disabled;
  disabled.disable();
  EXPECT_TRUE(wish(disabled, "disk change"));
  EXPECT_EQ(standing_.state(), State::kDisabled);
  EXPECT_EQ(standing_.why(), "disk change");
  EXPECT_TRUE(wish(OperatorWish(), ""));
  EXPECT_EQ(standing_.state(), State::kDraining) << "the agent's word has not changed";
  EXPECT_EQ(standing_.why(), "its agent says drain");
}

TEST_F(StandingTest, LoadTakesOfTheWeightWhatSlowStartAndTheOperatorLeave) {
  EXPECT_TRUE(standing_.on_load(0.5, settings_, now_));
  EXPECT_EQ(standing_.weight_percent(), 50u);
  OperatorWish less;
  less.set_percent(40, now_, base::Duration(0));
  EXPECT_TRUE(wish(less, "canary"));
  EXPECT_EQ(standing_.weight_percent(), 20u);
  EXPECT_FALSE(standing_.on_load(0.505, settings_, now_));
  EXPECT_TRUE(standing_.on_load(1, settings_, now_));
  EXPECT_EQ(standing_.weight_percent(), 4u);
  EXPECT_TRUE(standing_.on_load(std::nullopt, settings_, now_));
  EXPECT_EQ(standing_.weight_percent(), 40u);
}

}  // namespace
}  // namespace headgate::health::checks
