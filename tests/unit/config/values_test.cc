#include "config/values.h"

#include <gtest/gtest.h>

#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

TEST(Durations, EveryUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("2s"), 2s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("7d"), 24h * 7);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("106751d"), 24h * 106751);
}

TEST(Durations, RefusesWhatIsNone) {
  for (std::string_view text : {"", "5", "s", "1.5s", "-1s", "+1s", "1 s", "1S", "1s ", "1us", "1w", "106752d", "00",
                                "99999999999999999999s", "9223372036854775807ms"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Durations, PrintedInTheLargestWholeUnit) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(250ms), "250ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(24h), "1d");
  EXPECT_EQ(duration_text(Duration(7)), "7ns");
}

TEST(Sizes, EveryUnit) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("1000"), 1000u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("512MiB"), 512u << 20);
  EXPECT_EQ(parse_size("2GiB"), 2ull << 30);
  EXPECT_EQ(parse_size("17179869183GiB"), 17179869183ull << 30);
}

TEST(Sizes, RefusesWhatIsNone) {
  for (std::string_view text : {"", "KiB", "1KB", "1kib", "1 KiB", "-1", "1.5MiB", "0x10", "17179869184GiB", "1K"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Sizes, PrintedInTheLargestWholeUnit) {
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1000), "1000");
  EXPECT_EQ(size_text(1536), "1536");
  EXPECT_EQ(size_text(65536), "64KiB");
  EXPECT_EQ(size_text(1ull << 40), "1024GiB");
}

TEST(Rates, PerSecondAndPerMinute) {
  EXPECT_EQ(parse_rate("100/s"), 100.0);
  EXPECT_EQ(parse_rate("600/m"), 10.0);
  EXPECT_EQ(parse_rate("1/m"), 1 / 60.0);
  for (std::string_view text : {"", "100", "/s", "0/s", "1/h", "1.5/s", "-1/s", "100 /s", "100/S", "4294967296/s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(Percentages, WholeAndDecimal) {
  EXPECT_EQ(parse_percent("10%"), 10.0);
  EXPECT_EQ(parse_percent("0%"), 0.0);
  EXPECT_EQ(parse_percent("0.5%"), 0.5);
  EXPECT_EQ(parse_percent("12.125%"), 12.125);
  EXPECT_EQ(parse_percent("0.000001%"), 0.000001);
  for (std::string_view text : {"", "%", "10", ".5%", "5.%", "-1%", "1e2%", "10 %", "1.0000001%", "1.x%"}) {
    EXPECT_FALSE(parse_percent(text)) << text;
  }
}

TEST(StatusRanges, OneOrARange) {
  const std::optional<StatusRange> range = parse_status_range("200-299");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 200);
  EXPECT_EQ(range->last, 299);
  EXPECT_EQ(parse_status_range("100")->last, 100);
  EXPECT_EQ(parse_status_range("599")->first, 599);
  for (std::string_view text : {"", "99", "600", "300-200", "200-", "-200", "2xx", "200-299-300", "200 - 299"}) {
    EXPECT_FALSE(parse_status_range(text)) << text;
  }
}

TEST(Hosts, ExactAndWildcard) {
  EXPECT_EQ(parse_host_pattern("WWW.Example.com"), "www.example.com");
  EXPECT_EQ(parse_host_pattern("*.example.com"), "*.example.com");
  EXPECT_EQ(parse_host_pattern("localhost"), "localhost");
  EXPECT_EQ(parse_host_pattern("my_app"), "my_app");
  EXPECT_EQ(parse_host_pattern("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(parse_host_pattern("[2001:DB8::1]"), "[2001:db8::1]");
  EXPECT_EQ(parse_host_pattern(std::string(63, 'a')), std::string(63, 'a'));
  for (std::string_view text :
       {"", "*", "*.", "*.*.com", "a.*.com", "*example.com", "example.com:80", "example.com.", ".example.com", "a..b",
        "-a.com", "a-.com", "a b", "b\xc3\xbc.de", "[1.2.3.4]", "[::1", "[]", "::1", "a/b"}) {
    EXPECT_FALSE(parse_host_pattern(text)) << text;
  }
  EXPECT_FALSE(parse_host_pattern(std::string(64, 'a')));
}

TEST(Hosts, AtMost253Bytes) {
  const std::string label(49, 'a');
  const std::string longest = label + "." + label + "." + label + "." + label + "." + std::string(53, 'b');
  ASSERT_EQ(longest.size(), 253u);
  EXPECT_TRUE(parse_host_pattern(longest));
  EXPECT_FALSE(parse_host_pattern(longest + "b"));
}

TEST(HostsAndPorts, NamesOnly) {
  const std::optional<BackendName> name = parse_host_and_port("App.internal:8080");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "app.internal");
  EXPECT_EQ(name->port, 8080);
  for (std::string_view text : {"app.internal", "app.internal:0", "app.internal:65536", ":80", "10.0.0.1:80",
                                "[::1]:80", "app internal:80", "_http._tcp.app.internal", "unix:/path"}) {
    EXPECT_FALSE(parse_host_and_port(text)) << text;
  }
}

TEST(BackendNames, HostsWithPortsAndServices) {
  EXPECT_EQ(*parse_backend_name("App.internal:8080"), (BackendName{.host = "app.internal", .port = 8080}));
  EXPECT_EQ(*parse_backend_name("_odd.internal:80"), (BackendName{.host = "_odd.internal", .port = 80}));
  const base::Result<BackendName> service = parse_backend_name("_HTTP._TCP.App.internal");
  ASSERT_TRUE(service);
  EXPECT_EQ(*service, (BackendName{.host = "_http._tcp.app.internal", .is_service = true}));
  EXPECT_EQ(text_of(*service), "_http._tcp.app.internal");
  for (std::string_view text :
       {"_http._tcp.", "_._tcp.a", "_http._.a", "_http._tcp.-a", "_http._tcp..a", "_http", ""}) {
    EXPECT_FALSE(parse_backend_name(text)) << text;
  }
}

TEST(RoutePaths, InTheSpellingOfRequests) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/", "/"},
      {"/a/b/", "/a/b/"},
      {"/%7euser", "/~user"},
      {"/caf\xc3\xa9", "/caf%C3%A9"},
      {"/caf%c3%a9", "/caf%C3%A9"},
      {"/a%2fb", "/a%2Fb"},
      {"/two words", "/two%20words"},
      {"/a:b@c!$&'()*+,;=", "/a:b@c!$&'()*+,;="},
      {"/a//b", "/a//b"},
      {"/.well-known/", "/.well-known/"},
      {"/...", "/..."},
  };
  for (const auto& [written, expected] : cases) {
    const base::Result<std::string> path = parse_route_path(written);
    ASSERT_TRUE(path) << written;
    EXPECT_EQ(*path, expected) << written;
  }
}

TEST(RoutePaths, RefusesWhatCannotMatch) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "a path begins with '/'"},
      {"a", "a path begins with '/'"},
      {"/a?b=c", "a path holds no '?' or '#'; match.query looks at the query"},
      {"/a#b", "a path holds no '?' or '#'; match.query looks at the query"},
      {"/a%", "'%' is followed by two hexadecimal digits; write %25 for the character itself"},
      {"/a%1", "'%' is followed by two hexadecimal digits; write %25 for the character itself"},
      {"/a%zz", "'%' is followed by two hexadecimal digits; write %25 for the character itself"},
      {"/a%00", "a path holds no %00"},
      {"/a/../b", "'.' and '..' segments are resolved before routes are matched, so this never matches"},
      {"/a/.", "'.' and '..' segments are resolved before routes are matched, so this never matches"},
      {"/a/%2e%2E/b", "'.' and '..' segments are resolved before routes are matched, so this never matches"},
  };
  for (const auto& [written, expected] : cases) {
    const base::Result<std::string> path = parse_route_path(written);
    ASSERT_FALSE(path) << written;
    EXPECT_EQ(path.error().message, expected) << written;
  }
}

TEST(References, TakeTheEnvironmentOrTheDefault) {
  const Environment environment = environment_of({{"PORT", "8080"}, {"EMPTY", ""}, {"DOLLAR", "${PORT}"}});
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"plain", "plain"},
      {"${PORT}", "8080"},
      {"a${PORT}b${PORT}c", "a8080b8080c"},
      {"${NONE:-9090}", "9090"},
      {"${NONE:-}", ""},
      {"${EMPTY}", ""},
      {"${EMPTY:-full}", "full"},
      {"${PORT:-9090}", "8080"},
      {"$${PORT}", "${PORT}"},
      {"$$${PORT}", "$${PORT}"},
      {"$PORT $5 $", "$PORT $5 $"},
      {"${DOLLAR}", "${PORT}"},
      {"}${PORT}", "}8080"},
  };
  for (const auto& [written, expected] : cases) {
    const base::Result<std::string> value = expand_environment(written, environment);
    ASSERT_TRUE(value) << written;
    EXPECT_EQ(*value, expected) << written;
  }
}

TEST(References, RefusesUnsetBrokenAndHuge) {
  const Environment environment = environment_of({{"K", std::string(1024, 'k')}});
  const std::pair<std::string, std::string_view> cases[] = {
      {"${NONE}", "the environment variable NONE is not set and ${NONE} has no default"},
      {"${", "'${' without a closing '}'; write $${ for the characters themselves"},
      {"${A", "'${' without a closing '}'; write $${ for the characters themselves"},
      {"${}", "'${' begins a reference such as ${NAME} or ${NAME:-default}; write $${ for the characters themselves"},
      {"${1A}", "'${' begins a reference such as ${NAME} or ${NAME:-default}; write $${ for the characters themselves"},
      {"${A-b}",
       "'${' begins a reference such as ${NAME} or ${NAME:-default}; write $${ for the characters themselves"},
  };
  for (const auto& [written, expected] : cases) {
    const base::Result<std::string> value = expand_environment(written, environment);
    ASSERT_FALSE(value) << written;
    EXPECT_EQ(value.error().message, expected) << written;
  }
  std::string edge;
  for (int i = 0; i < 1024; ++i) edge += "${K}";
  const base::Result<std::string> largest = expand_environment(edge, environment);
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->size(), kExpandedBytesMax);
  const base::Result<std::string> larger = expand_environment(edge + "x", environment);
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().message, "is larger than 1 MiB once its ${...} are replaced");
}

}  // namespace
}  // namespace headgate::config
