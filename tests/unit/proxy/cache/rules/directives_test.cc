#include "proxy/cache/rules/directives.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

std::string text_of(const ResponseDirectives& d) {
  std::string out;
  const auto flag = [&out](bool is_set, const char* name) {
    if (is_set) out += std::string(name) + " ";
  };
  const auto number = [&out](const std::optional<std::chrono::seconds>& value, const char* name) {
    if (value) out += std::string(name) + "=" + std::to_string(value->count()) + " ";
  };
  flag(d.is_targeted, "targeted");
  flag(d.is_broken, "broken");
  number(d.max_age, "max-age");
  number(d.s_maxage, "s-maxage");
  number(d.stale_while_revalidate, "swr");
  number(d.stale_if_error, "sie");
  flag(d.no_store, "no-store");
  flag(d.no_cache, "no-cache");
  flag(d.is_private, "private");
  flag(d.is_public, "public");
  flag(d.must_revalidate, "must-revalidate");
  flag(d.proxy_revalidate, "proxy-revalidate");
  flag(d.must_understand, "must-understand");
  flag(d.immutable, "immutable");
  for (const std::string_view name : d.listed) out += "-" + std::string(name) + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

struct Case {
  const char* fields;
  const char* expected;
};

void expect_all(const std::vector<Case>& cases, const std::vector<std::string>& targeted = {}) {
  for (const Case& c : cases) {
    const testing::Written written(c.fields);
    const wire::http::Fields fields = written.fields();
    EXPECT_EQ(text_of(response_directives(fields, targeted)), c.expected) << c.fields;
  }
}

TEST(ResponseDirectives, Each) {  // RFC 9111 section 5.2.2
  expect_all({
      {"X: y", ""},
      {"Cache-Control:", ""},
      {"Cache-Control: max-age=60", "max-age=60"},
      {"Cache-Control: MAX-AGE=60,Public", "max-age=60 public"},
      {"Cache-Control: , ,max-age=60,, ", "max-age=60"},
      {"Cache-Control: s-maxage=1, max-age=2", "max-age=2 s-maxage=1"},
      {"Cache-Control: max-age=2\nCache-Control: s-maxage=1", "max-age=2 s-maxage=1"},
      {"Cache-Control: no-store", "no-store"},
      {"Cache-Control: No-StOrE", "no-store"},
      {"Cache-Control: private, must-revalidate, proxy-revalidate", "private must-revalidate proxy-revalidate"},
      {"Cache-Control: must-understand, no-store", "no-store must-understand"},
      {"Cache-Control: immutable", "immutable"},
      {"Cache-Control: stale-while-revalidate=5, stale-if-error=\"6\"", "swr=5 sie=6"},
      {"Cache-Control: foobar, max-age=60, x=y, z=\"a,max-age=1\"", "max-age=60"},
      {"Cache-Control: only-if-cached, max-stale=5, no-transform", ""},
  });
}

TEST(ResponseDirectives, Numbers) {  // sections 1.2.2, 4.2.1, 5.2
  expect_all({
      {"Cache-Control: max-age=\"60\"", "max-age=60"},
      {"Cache-Control: max-age=0060", "max-age=60"},
      {"Cache-Control: max-age=2147483648", "max-age=2147483648"},
      {"Cache-Control: max-age=2147483649", "max-age=2147483648"},
      {"Cache-Control: max-age=99999999999", "max-age=2147483648"},
      {"Cache-Control: max-age=99999999999999999999999", "max-age=2147483648"},
      {"Cache-Control: max-age=-60", "max-age=0"},
      {"Cache-Control: max-age='60'", "max-age=0"},
      {"Cache-Control: max-age=60.0", "max-age=0"},
      {"Cache-Control: max-age=60a", "max-age=0"},
      {"Cache-Control: max-age=a60", "max-age=0"},
      {"Cache-Control: max-age", "max-age=0"},
      {"Cache-Control: max-age=", "max-age=0"},
      {"Cache-Control: max-age =60", "max-age=0"},
      {"Cache-Control: max-age= 60", "max-age=0"},
      {"Cache-Control: max-age=60; public", "max-age=0"},
      {"Cache-Control: s-maxage=x, max-age=60", "max-age=60 s-maxage=0"},
      {"Cache-Control: stale-while-revalidate=x, stale-if-error", ""},
  });
}

TEST(ResponseDirectives, SaidTwiceTheSmallerHolds) {  // section 4.2.1
  expect_all({
      {"Cache-Control: max-age=1, max-age=1800", "max-age=1"},
      {"Cache-Control: max-age=1800, max-age=1", "max-age=1"},
      {"Cache-Control: max-age=1800\nCache-Control: max-age=x", "max-age=0"},
      {"Cache-Control: stale-if-error=9, stale-if-error=3", "sie=3"},
      {"Cache-Control: no-cache, no-cache=\"a\"", "no-cache -a"},
      {"Cache-Control: public, private", "private public"},
  });
}

TEST(ResponseDirectives, ListsOfFields) {  // sections 5.2.2.4, 5.2.2.7
  expect_all({
      {"Cache-Control: no-cache=\"a, B\"", "-a -B"},
      {"Cache-Control: private=\"Set-Cookie\", no-cache=x", "-Set-Cookie -x"},
      {"Cache-Control: no-cache=\"\"", "no-cache"},
      {"Cache-Control: no-cache=\" , \"", "no-cache"},
      {"Cache-Control: private=\"a b\"", "private -a b"},
      {"Cache-Control: private=\"a\\b\"", "private"},
      {"Cache-Control: no-cache=", "no-cache"},
      {"Cache-Control: no-cache =\"a\"", "no-cache"},
  });
}

TEST(ResponseDirectives, ArgumentsWhereNoneBelong) {
  expect_all({
      {"Cache-Control: no-store=0, must-revalidate=\"no\", proxy-revalidate=x, must-understand=1",
       "no-store must-revalidate proxy-revalidate must-understand"},
      {"Cache-Control: public=no, immutable=\"x\"", ""},
  });
}

TEST(ResponseDirectives, QuotesThatDoNotEnd) {
  expect_all({
      {"Cache-Control: x=\"a, no-store", "broken"},
      {"Cache-Control: max-age=60, x=\"a\\\", no-store", "broken max-age=60"},
      {"Cache-Control: a\"b, no-store\"", "broken"},
      {"Cache-Control: x=\"a\"b", "broken"},
      {"Cache-Control: x=\"a\\\"b\", max-age=60", "max-age=60"},
      {"Cache-Control: x=\"max-age=3600\", max-age=1", "max-age=1"},
  });
}

TEST(TargetedFields, TheFirstThatIsWellFormedHolds) {  // RFC 9213 section 2.2
  expect_all(
      {
          {"Cache-Control: max-age=60", "max-age=60"},
          {"Cache-Control: no-store\nCDN-Cache-Control: max-age=5", "targeted max-age=5"},
          {"cdn-cache-control: max-age=5\nCDN-Cache-Control: no-store", "targeted max-age=5 no-store"},
          {"CDN-Cache-Control: max-age=5\nEdge-Control: max-age=6", "targeted max-age=6"},
          {"CDN-Cache-Control: max-age=5\nEdge-Control: max-age =6", "targeted max-age=5"},
          {"CDN-Cache-Control:\nCache-Control: max-age=1", "max-age=1"},
          {"CDN-Cache-Control: MAX-AGE=5\nCache-Control: max-age=1", "max-age=1"},
          {"CDN-Cache-Control: max-age=5,\nCache-Control: max-age=1", "max-age=1"},
          {"CDN-Cache-Control: max-age=5\nCDN-Cache-Control: ?\nCache-Control: max-age=1", "max-age=1"},
          {"CDN-Cache-Control: foobar\nCache-Control: max-age=1", "targeted"},
      },
      {"Edge-Control", "CDN-Cache-Control"});
}

TEST(TargetedFields, ValuesByTheirTypes) {  // RFC 9213 section 2.1
  expect_all(
      {
          {"CDN-Cache-Control: max-age=99999999999", "targeted max-age=2147483648"},
          {"CDN-Cache-Control: max-age=5;x=y", "targeted max-age=5"},
          {"CDN-Cache-Control: max-age=5.0", "targeted max-age=0"},
          {"CDN-Cache-Control: max-age=-5", "targeted max-age=0"},
          {"CDN-Cache-Control: max-age=\"5\"", "targeted max-age=0"},
          {"CDN-Cache-Control: max-age", "targeted max-age=0"},
          {"CDN-Cache-Control: max-age=(1 2)", "targeted max-age=0"},
          {"CDN-Cache-Control: max-age=9, max-age=5", "targeted max-age=5"},
          {"CDN-Cache-Control: no-cache=\"a, b\", private=c", "targeted -a -b -c"},
          {"CDN-Cache-Control: no-store=?0, public=?0, immutable", "targeted no-store immutable"},
          {"CDN-Cache-Control: s-maxage=5, must-revalidate", "targeted s-maxage=5 must-revalidate"},
      },
      {"CDN-Cache-Control"});
}

TEST(TargetedFields, SurrogateControlInAnyCase) {
  expect_all({{"Surrogate-Control: MaX-aGe=3600;TARGET", "targeted max-age=3600"},
              {"Surrogate-Control: max-age =100\nCache-Control: max-age=1", "max-age=1"}},
             {"Surrogate-Control"});
}

std::string asked(std::string_view lines) {
  const testing::Written written(lines);
  const RequestDirectives d = request_directives(written.fields());
  std::string out;
  if (d.no_cache) out += "no-cache ";
  if (d.no_store) out += "no-store ";
  if (d.only_if_cached) out += "only-if-cached ";
  const auto number = [&out](const std::optional<std::chrono::seconds>& value, const char* name) {
    if (value) out += std::string(name) + "=" + std::to_string(value->count()) + " ";
  };
  number(d.max_age, "max-age");
  number(d.max_stale, "max-stale");
  number(d.min_fresh, "min-fresh");
  number(d.stale_if_error, "sie");
  if (!out.empty()) out.pop_back();
  return out;
}

TEST(RequestDirectives, Each) {  // RFC 9111 section 5.2.1
  for (const Case& c : std::vector<Case>{
           {"Cache-Control: no-cache, no-store", "no-cache no-store"},
           {"Cache-Control: nothing-to-see-here", ""},
           {"Cache-Control: max-age=0", "max-age=0"},
           {"Cache-Control: max-age=5, max-age=3", "max-age=3"},
           {"Cache-Control: max-age=x", ""},
           {"Cache-Control: max-stale", "max-stale=2147483648"},
           {"Cache-Control: max-stale=10", "max-stale=10"},
           {"Cache-Control: max-stale=x", ""},
           {"Cache-Control: min-fresh=5, min-fresh=9", "min-fresh=9"},
           {"Cache-Control: only-if-cached, stale-if-error=4", "only-if-cached sie=4"},
           {"Pragma: no-cache", ""},  // section 5.4
       }) {
    EXPECT_EQ(asked(c.fields), c.expected) << c.fields;
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
