#include "health/checks/ejection.h"

#include <gtest/gtest.h>

namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;

constexpr config::Outlier kSettings{.errors = 5, .window = 10s, .eject = 30s, .max_ejected_percent = 50};

class EjectionTest : public ::testing::Test {
 protected:
  bool record(std::uint32_t errors, bool room = true) { return ejection_.record(errors, kSettings, now_, room); }
  /// Ejects now, returns how long for, and leaves `now_` at the return.
  base::Duration eject_and_return() {
    EXPECT_TRUE(record(5));
    const base::Duration length = ejection_.back_at() - now_;
    now_ = ejection_.back_at();
    EXPECT_TRUE(ejection_.advance(now_));
    return length;
  }

  base::Time now_{1000s};
  Ejection ejection_;
};

TEST_F(EjectionTest, TakesErrorsWithinTheWindow) {
  EXPECT_FALSE(record(4));
  now_ += 10s;  // the edge belongs to the window
  EXPECT_TRUE(record(1));
  EXPECT_EQ(ejection_.state(), EjectionState::kOut);
  EXPECT_EQ(ejection_.back_at(), now_ + 30s);
  EXPECT_EQ(ejection_.count(), 1u);
}

TEST_F(EjectionTest, ForgetsErrorsBeforeTheWindow) {
  EXPECT_FALSE(record(4));
  now_ += 10s + 1ns;
  EXPECT_FALSE(record(4));
  EXPECT_EQ(ejection_.remembered(), 4u);
  EXPECT_TRUE(record(1));
}

TEST_F(EjectionTest, SlidesOverManySmallErrors) {
  for (int i = 0; i < 100; ++i) {  // one each 2.5 s: at most 5 in 10 s only with both edges
    EXPECT_FALSE(record(1));
    now_ += 2501ms;
  }
}

TEST_F(EjectionTest, ReturnsByItself) {
  record(5);
  now_ += 30s - 1ns;
  EXPECT_FALSE(ejection_.advance(now_));
  now_ += 1ns;
  EXPECT_TRUE(ejection_.advance(now_));
  EXPECT_FALSE(ejection_.advance(now_));
  EXPECT_EQ(ejection_.back_at(), base::kNever);
  EXPECT_EQ(ejection_.remembered(), 0u);
}

TEST_F(EjectionTest, ErrorsOfRequestsFromBeforeDoNotCountWhileOut) {
  record(5);
  EXPECT_FALSE(record(100));
  EXPECT_EQ(ejection_.back_at(), now_ + 30s);
  now_ += 30s;
  ejection_.advance(now_);
  EXPECT_FALSE(record(4));
}

TEST_F(EjectionTest, WithoutRoomErrorsAreOnlyRemembered) {
  EXPECT_FALSE(record(50, false));
  EXPECT_EQ(ejection_.remembered(), 5u);
  for (int i = 0; i < 1000; ++i) {
    now_ += 1ms;
    EXPECT_FALSE(record(1, false));
    EXPECT_EQ(ejection_.remembered(), 5u);  // bounded, the newest kept
  }
  EXPECT_TRUE(record(1, true));
}

TEST_F(EjectionTest, DoublesUpToTenTimes) {
  EXPECT_EQ(eject_and_return(), 30s);
  EXPECT_EQ(eject_and_return(), 60s);
  EXPECT_EQ(eject_and_return(), 120s);
  EXPECT_EQ(eject_and_return(), 240s);
  EXPECT_EQ(eject_and_return(), 300s);
  EXPECT_EQ(eject_and_return(), 300s);
  EXPECT_EQ(ejection_.count(), 6u);
}

TEST_F(EjectionTest, ACleanStretchUndoesADoubling) {
  EXPECT_EQ(eject_and_return(), 30s);
  EXPECT_EQ(eject_and_return(), 60s);
  now_ += 60s - 1ns;  // not quite as long as the last one was
  EXPECT_EQ(eject_and_return(), 120s);
  now_ += 120s;  // one stretch: as if the last had not been
  EXPECT_EQ(eject_and_return(), 120s);
  now_ += 240s;  // two stretches
  EXPECT_EQ(eject_and_return(), 60s);
  now_ += 24h;
  EXPECT_EQ(eject_and_return(), 30s);
}

TEST_F(EjectionTest, ErrorsWithoutAnEjectionDoNotSpoilACleanStretch) {
  eject_and_return();
  record(4);
  now_ += 30s;
  EXPECT_EQ(eject_and_return(), 30s);
}

TEST_F(EjectionTest, EndsEarlyWhenAsked) {
  EXPECT_FALSE(ejection_.end_early(now_));
  record(5);
  EXPECT_TRUE(ejection_.end_early(now_ + 1s));
  EXPECT_EQ(ejection_.state(), EjectionState::kIn);
}

TEST(EjectionCap, Rounds) {
  struct Case {
    std::uint32_t backends, percent, allowed;
  };
  for (const Case& c : {Case{0, 50, 0}, Case{1, 50, 0}, Case{1, 100, 0}, Case{2, 50, 1}, Case{2, 10, 1},
                        Case{2, 100, 2}, Case{3, 50, 1}, Case{3, 66, 1}, Case{3, 67, 2}, Case{10, 50, 5},
                        Case{10, 55, 5}, Case{10, 0, 0}, Case{10, 250, 10}, Case{4'000'000'000, 50, 2'000'000'000}}) {
    EXPECT_EQ(ejections_allowed(c.backends, c.percent), c.allowed) << c.backends << " at " << c.percent << "%";
  }
}

}  // namespace
}  // namespace headgate::health::checks
