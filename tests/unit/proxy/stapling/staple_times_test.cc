#include <gtest/gtest.h>

#include "proxy/stapling/staple_keeper.h"

namespace headgate::proxy::stapling {
namespace {

using namespace std::chrono_literals;
using base::x509::OcspResponse;

const base::WallTime kNow{1'800'000'000s};

OcspResponse valid(base::Duration since, base::Duration until) {
  return {.der = {}, .since = kNow + since, .until = kNow + until, .is_good = true};
}

TEST(NextQuestion, IsAskedAtHalfOfTheTime) {
  EXPECT_EQ(next_question_at(valid(0h, 12h), kNow), kNow + 6h);
  EXPECT_EQ(next_question_at(valid(-2h, 12h), kNow), kNow + 5h);
}

TEST(NextQuestion, IsAskedAtHalfOfWhatIsLeftAfterThat) {
  EXPECT_EQ(next_question_at(valid(-10h, 2h), kNow), kNow + 1h);
}

TEST(NextQuestion, IsNeitherPressedNorForgotten) {
  EXPECT_EQ(next_question_at(valid(-10h, 1s), kNow), kNow + kSoonest);
  EXPECT_EQ(next_question_at(valid(0h, 2 * kSoonest), kNow), kNow + kSoonest);
  EXPECT_EQ(next_question_at(valid(0h, 24h * 7), kNow), kNow + kLatest);
}

TEST(NextQuestion, OfAnAnswerWithoutAnEndIsAskedEachHour) {
  OcspResponse response = valid(-48h, 1h);
  response.until = base::WallTime::max();
  EXPECT_EQ(next_question_at(response, kNow), kNow + 1h);
}

TEST(Pause, DoublesUpToAnHour) {
  EXPECT_EQ(pause_after(1), kFirstPause);
  EXPECT_EQ(pause_after(2), 2 * kFirstPause);
  EXPECT_EQ(pause_after(11), 1024 * kFirstPause);
  EXPECT_EQ(pause_after(13), kLongestPause);
  EXPECT_EQ(pause_after(4'000'000'000), kLongestPause);
}

}  // namespace
}  // namespace headgate::proxy::stapling
