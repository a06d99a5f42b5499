#include "wire/http/date.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::wire::http {
namespace {

constexpr std::int64_t kExample = 784111777;  // RFC 9110's own, 1994
constexpr std::int64_t kIn2024 = 1704067200;  // 2024-01-01

std::string written(std::int64_t seconds) {
  std::string out(kDateBytes, '?');
  write_date(seconds, out.data());
  return out;
}

TEST(Date, IsWritten) {
  EXPECT_EQ(written(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(written(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(written(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(written(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(written(4107542399), "Sun, 28 Feb 2100 23:59:59 GMT");
  EXPECT_EQ(written(4107542400), "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST(Date, IsReadInItsThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", kIn2024), kExample);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", kIn2024), kExample);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994", kIn2024), kExample);
  EXPECT_EQ(parse_date("Wed Nov 16 08:49:37 1994", kIn2024), kExample + 10 * 86400);
}

TEST(Date, ReadsWhatItWrote) {
  for (std::int64_t seconds = -5'000'000'000; seconds < 20'000'000'000; seconds += 9'999'991) {
    EXPECT_EQ(parse_date(written(seconds), kIn2024), seconds);
  }
}

TEST(Date, TwoDigitYearsAreAtMost50YearsAhead) {
  const std::int64_t kIn1994 = kExample;
  EXPECT_EQ(written(*parse_date("Sunday, 06-Nov-44 08:49:37 GMT", kIn1994)).substr(12, 4), "2044");
  EXPECT_EQ(written(*parse_date("Sunday, 08-Nov-44 08:49:37 GMT", kIn1994)).substr(12, 4), "1944");
  EXPECT_EQ(written(*parse_date("Sunday, 06-Nov-45 08:49:37 GMT", kIn1994)).substr(12, 4), "1945");
  EXPECT_EQ(written(*parse_date("Sunday, 06-Nov-05 08:49:37 GMT", kIn1994)).substr(12, 4), "2005");
}

TEST(Date, AnythingElseIsNoDate) {
  for (std::string_view text : {"",
                                "0",
                                "Sun, 06 Nov 1994 08:49:37",
                                "Sun, 06 Nov 1994 08:49:37 GMT ",
                                " Sun, 06 Nov 1994 08:49:37 GMT",
                                "Sun, 06 Nov 1994 08:49:37 UTC",
                                "sun, 06 Nov 1994 08:49:37 GMT",
                                "Sun, 6 Nov 1994 08:49:37 GMT",
                                "Sun, 31 Nov 1994 08:49:37 GMT",
                                "Sun, 29 Feb 1900 08:49:37 GMT",
                                "Sun, 00 Nov 1994 08:49:37 GMT",
                                "Sun, 06 Nov 1994 24:49:37 GMT",
                                "Sun, 06 Nov 1994 08:60:37 GMT",
                                "Sun, 06 Nov 1994 08:49:61 GMT",
                                "Sun, 06 Nov -994 08:49:37 GMT",
                                "Sun, +6 Nov 1994 08:49:37 GMT",
                                "Sun, 06 Xyz 1994 08:49:37 GMT",
                                "Sun, 06-Nov-94 08:49:37 GMT",
                                "Sunday, 00-Nov-94 08:49:37 GMT",
                                "Sun Nov 6 08:49:37 1994",
                                "Sun Nov  6 08:49:37 94"}) {
    EXPECT_EQ(parse_date(text, kIn2024), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace headgate::wire::http
