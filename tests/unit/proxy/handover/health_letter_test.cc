#include "proxy/handover/health_letter.h"

#include <gmock/gmock.h>

namespace headgate::proxy::handover {
namespace {

using namespace std::chrono_literals;
using health::checks::Mode;
using testing::HasSubstr;

health::Heritage example() {
  health::Heritage heritage;
  heritage.backends.push_back({.pool = "app",
                               .id = "app-1",
                               .address = *base::Endpoint::parse("10.0.0.1:80"),
                               .passes_checks = false,
                               .checks_say = "HTTP 503 from /healthz, 3 of 3 failed",
                               .ejected_for = 90s,
                               .ejection_says = "5 errors within 10s",
                               .ejections = 7,
                               .since = base::WallTime(1'795'694'401'123'456'789ns)});
  heritage.backends.push_back({.pool = "app",
                               .id = "app-2",
                               .address = *base::Endpoint::parse("unix:/run/app \"2\".sock"),
                               .passes_checks = {},
                               .checks_say = "",
                               .ejected_for = {},
                               .ejection_says = "",
                               .ejections = 0,
                               .since = {}});
  health::InheritedWish wish;
  wish.pool = "app";
  wish.id = "app-1";
  wish.wish.mode = Mode::kDraining;
  wish.wish.percent = 40;
  wish.wish.target_percent = 0;
  wish.wish.left = 24s;
  wish.wish.why = "a new kernel";
  wish.wish.since = base::WallTime(1'795'694'400s);
  heritage.wishes.push_back(wish);
  heritage.region_wishes.push_back({"eu", "power work", base::WallTime(std::chrono::seconds(7))});
  return heritage;
}

std::string error_of(std::string_view text) {
  const base::Result<health::Heritage> heritage = parse_health(text);
  return heritage ? "" : heritage.error().message;
}

TEST(HealthLetter, ComesBackAsItWas) {
  const health::Heritage before = example();
  const base::Result<health::Heritage> after = parse_health(health_text(before));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->backends.size(), before.backends.size());
  for (std::size_t i = 0; i < before.backends.size(); ++i) {
    const health::InheritedBackend& was = before.backends[i];
    const health::InheritedBackend& is = after->backends[i];
    EXPECT_EQ(std::tie(is.pool, is.id, is.address, is.passes_checks, is.checks_say, is.ejected_for, is.ejection_says,
                       is.ejections, is.since),
              std::tie(was.pool, was.id, was.address, was.passes_checks, was.checks_say, was.ejected_for,
                       was.ejection_says, was.ejections, was.since));
  }
  ASSERT_EQ(after->wishes.size(), 1u);
  ASSERT_EQ(after->region_wishes.size(), 1u);
  EXPECT_EQ(after->region_wishes[0].region, "eu");
  EXPECT_EQ(after->region_wishes[0].why, "power work");
  EXPECT_EQ(after->region_wishes[0].since, before.region_wishes[0].since);
  const health::WishRow& was = before.wishes[0].wish;
  const health::WishRow& is = after->wishes[0].wish;
  EXPECT_EQ(std::tie(is.mode, is.percent, is.target_percent, is.left, is.why, is.since),
            std::tie(was.mode, was.percent, was.target_percent, was.left, was.why, was.since));
}

TEST(HealthLetter, AnotherFormatIsAnError) {
  EXPECT_THAT(error_of(R"({"health":2,"backends":[],"wishes":[]})"), HasSubstr("in format 2, where 1 is known"));
}

TEST(HealthLetter, WhatALaterVersionSaysBesideIsPassedOver) {
  EXPECT_EQ(
      error_of(R"({"health":1,"more":1,"wishes":[],"backends":[{"pool":"a","id":"b","address":"1.2.3.4:5","x":[]}]})"),
      "");
}

TEST(HealthLetter, TruncatedAnywhereItIsAnError) {
  const std::string whole = health_text(example());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(error_of(whole.substr(0, length)), "") << length;
  }
}

TEST(HealthLetter, GarbageIsAnError) {
  for (const char* text : {"", "1", "[]", "{}", R"({"health":1})", R"({"health":1,"backends":[],"wishes":{}})",
                           R"({"health":"1","backends":[],"wishes":[]})"}) {
    EXPECT_NE(error_of(text), "") << text;
  }
  for (const char* row :
       {"1", "{}", R"({"address":"nowhere"})", R"({"address":"1.2.3.4:5","pool":1})",
        R"({"address":"1.2.3.4:5","passes_checks":1})", R"({"address":"1.2.3.4:5","ejections":-1})",
        R"({"address":"1.2.3.4:5","ejections":4294967296})", R"({"address":"1.2.3.4:5","ejected_for_ns":-1})",
        R"({"address":"1.2.3.4:5","ejected_for_ns":9223372036854775807})", R"({"address":"1.2.3.4:5","since_ns":1.5})",
        R"({"address":"1.2.3.4:5","since_ns":18446744073709551615})"}) {
    EXPECT_NE(error_of(std::string(R"({"health":1,"wishes":[],"backends":[)") + row + "]}"), "") << row;
  }
  for (const char* row : {"{}", R"({"mode":"asleep"})", R"({"mode":"draining","percent":101})",
                          R"({"mode":"draining","target_percent":101})", R"({"mode":"draining","left_ns":-1})",
                          R"({"mode":"draining","why":1})"}) {
    EXPECT_NE(error_of(std::string(R"({"health":1,"backends":[],"wishes":[)") + row + "]}"), "") << row;
  }
}

}  // namespace
}  // namespace headgate::proxy::handover
