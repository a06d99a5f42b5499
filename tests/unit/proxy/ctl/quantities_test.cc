#include "proxy/ctl/text/quantities.h"

#include <gtest/gtest.h>

namespace headgate::proxy::ctl::text {
namespace {

using namespace std::chrono_literals;

TEST(Quantities, Counts) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(18446744073709551615u), "18,446,744,073,709,551,615");
  EXPECT_EQ(counted(0, "request", "requests"), "no requests");
  EXPECT_EQ(counted(1, "request", "requests"), "1 request");
  EXPECT_EQ(counted(1234, "request", "requests"), "1,234 requests");
}

TEST(Quantities, ShortTextsStayShort) {
  EXPECT_EQ(short_count(999), "999");
  EXPECT_EQ(short_count(1200), "1.2k");
  EXPECT_EQ(short_count(99'999), "100k");
  EXPECT_EQ(short_count(3'400'000), "3.4M");
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(0.3), "0.3");
  EXPECT_EQ(rate_text(12.4), "12");
  EXPECT_EQ(rate_text(1530), "1.5k");
  EXPECT_EQ(milliseconds_text(std::nullopt), "-");
  EXPECT_EQ(milliseconds_text(0.42), "0.42");
  EXPECT_EQ(milliseconds_text(0), "0.0");
  EXPECT_EQ(milliseconds_text(3.14), "3.1");
  EXPECT_EQ(milliseconds_text(12.5), "12");
  for (double value = 0.001; value < 1e22; value *= 1.7) {
    EXPECT_LE(short_count(value).size(), 5u) << value;
    EXPECT_LE(rate_text(value).size(), 5u) << value;
    EXPECT_LE(milliseconds_text(value).size(), 5u) << value;
  }
}

TEST(Quantities, Bytes) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(5678901), "5.4 MiB");
  EXPECT_EQ(bytes_text(-5), "0 B");
}

TEST(Quantities, Ages) {
  EXPECT_EQ(age_text(-5s), "0 s");
  EXPECT_EQ(age_text(59s), "59 s");
  EXPECT_EQ(age_text(60s), "1 min");
  EXPECT_EQ(age_text(2h), "2 h");
  EXPECT_EQ(age_text(2h + 5min), "2 h 5 min");
  EXPECT_EQ(age_text(24h * 4 + 3h), "4 d 3 h");
  EXPECT_EQ(short_age(99s), "99s");
  EXPECT_EQ(short_age(100s), "1m");
  EXPECT_EQ(short_age(99min), "99m");
  EXPECT_EQ(short_age(100min), "1h");
  EXPECT_EQ(short_age(47h), "47h");
  EXPECT_EQ(short_age(48h), "2d");
  EXPECT_LE(short_age(24h * 100'000).size(), 4u);
}

TEST(Quantities, Percents) {
  EXPECT_EQ(percent_text(100), "100 %");
  EXPECT_EQ(percent_text(0.5), "0.5 %");
}

}  // namespace
}  // namespace headgate::proxy::ctl::text
