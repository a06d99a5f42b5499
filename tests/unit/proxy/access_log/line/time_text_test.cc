#include "proxy/access_log/line/time_text.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::proxy::access_log::line {
namespace {

using namespace std::chrono_literals;

std::string rfc3339(TimeText& text, base::WallTime time) {
  char out[TimeText::kRfc3339Bytes];
  return std::string(out, text.write_rfc3339(time, out));
}

std::string combined(TimeText& text, base::WallTime time) {
  char out[TimeText::kCombinedBytes];
  return std::string(out, text.write_combined(time, out));
}

TEST(TimeText, WritesBothForms) {
  TimeText text;
  EXPECT_EQ(rfc3339(text, base::WallTime(0s)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(combined(text, base::WallTime(0s)), "01/Jan/1970:00:00:00 +0000");
  EXPECT_EQ(rfc3339(text, base::WallTime(951'827'696s + 999'999'999ns)), "2000-02-29T12:34:56.999Z");
  EXPECT_EQ(combined(text, base::WallTime(951'827'696s)), "29/Feb/2000:12:34:56 +0000");
  EXPECT_EQ(rfc3339(text, base::WallTime(4'102'444'799s)), "2099-12-31T23:59:59.000Z");
}

TEST(TimeText, TheSecondChangesBothWays) {
  TimeText text;
  EXPECT_EQ(rfc3339(text, base::WallTime(59s + 999ms)), "1970-01-01T00:00:59.999Z");
  EXPECT_EQ(rfc3339(text, base::WallTime(60s)), "1970-01-01T00:01:00.000Z");
  EXPECT_EQ(rfc3339(text, base::WallTime(59s + 1ms)), "1970-01-01T00:00:59.001Z");
}

TEST(TimeText, BeforeTheEpoch) {
  TimeText text;
  EXPECT_EQ(rfc3339(text, base::WallTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace headgate::proxy::access_log::line
