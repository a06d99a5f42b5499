#include "proxy/ctl/words/rendering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "proxy/ctl/text/columns.h"
#include "tests/unit/proxy/ctl/answers.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::Json;
using testing::backend;
using testing::backends;
using testing::kNow;

const text::Page kEighty{.width = 80, .colors = false, .now = kNow};
const text::Page kPipe{.width = 0, .colors = false, .now = kNow};

Json status() {
  return {{"version", "0.1.0"},
          {"pid", 4711},
          {"state", "serving"},
          {"uptime_seconds", 97200},
          {"configuration",
           {{"file", "/etc/headgate/headgate.yaml"},
            {"loaded_at", "2026-11-26T00:04:43.000Z"},
            {"differs_from_file", true},
            {"last_reload",
             {{"at", "2026-11-26T01:00:00.000Z"},
              {"accepted", false},
              {"message", "headgate.yaml:41:7: routes[2].pool: no pool named 'ap' (did you mean 'app'?)\n"}}}}},
          {"log_level", "info"},
          {"process", {{"resident_bytes", 35651584}, {"open_descriptors", 123}, {"max_descriptors", 20000}}},
          {"totals",
           {{"requests", 1234567}, {"requests_per_second", 1530.2}, {"errors_5xx", 12}, {"connections_open", 312}}},
          {"workers", {Json::object(), Json::object()}},
          {"listeners",
           {{{"name", "web"},
             {"protocol", "http"},
             {"binds", {"0.0.0.0:8080"}},
             {"connections_open", 312},
             {"requests", 9}},
            {{"name", "late"}, {"protocol", "http"}, {"binds", Json::array()}}}}};
}

TEST(Rendering, Status) {
  EXPECT_EQ(status_text(status(), backends(), kEighty),
            "headgate 0.1.0, serving for 1 d 3 h, pid 4711\n"
            "configuration  /etc/headgate/headgate.yaml, loaded 1 h ago\n"
            "last reload    refused 4 min ago: headgate.yaml:41:7: routes[2].pool: no pool\n"
            "               named 'ap' (did you mean 'app'?)\n"
            "               the file is no longer what runs: headgate ctl config --diff\n"
            "traffic        1,234,567 requests, 1.5k/s now; 12 answered with 5xx\n"
            "connections    312 open\n"
            "backends       2 of 3 are up\n"
            "process        34 MiB in memory, 123 of 20,000 descriptors, 2 workers\n"
            "log level      info\n"
            "\n"
            "LISTENER  PROTOCOL  OPEN  REQUESTS  BINDS\n"
            "web       http       312         9  0.0.0.0:8080\n"
            "late      http         0         0  not open\n"
            "\n"
            "app/app-2 is down for 5 min: HTTP 503 from /healthz, 3 of 3 failed\n");
}

TEST(Rendering, Pools) {
  const Json pools = {
      {"pools",
       {{{"name", "app"},
         {"balance", "least_requests"},
         {"waiting", 0},
         {"requests", 123456},
         {"retries", 12},
         {"backends", {backend("app", "app-1"), backend("app", "app-2", "ejected", "5 errors in a row")}}}}}};
  EXPECT_EQ(pools_text(pools, kEighty),
            "POOL  BALANCE         UP      RUNNING  WAITING  REQUESTS  RETRIES  FAILURES\n"
            "app   least_requests  1 of 2       24        0   123,456       12         6\n"
            "\n"
            "app/app-2 is ejected for 5 min: 5 errors in a row\n");
}

TEST(Rendering, WhatProtectsAPool) {
  const Json none = {{"now", 3}, {"limit", nullptr}};
  const Json protection = {{"requests", {{"now", 12}, {"limit", 96}}},
                           {"connections", none},
                           {"retries", {{"now", 1}, {"limit", 20}}},
                           {"adaptive", {{"lowest_latency_ms", 15.0}, {"latency_ms", 22.0}}},
                           {"shed", 7},
                           {"hedge", {{"after", "p95"}, {"asked", 5}, {"won", 4}, {"refused", 0}}}};
  Json pool = {{"name", "app"},
               {"balance", "round_robin"},
               {"waiting", 0},
               {"requests", 1},
               {"retries", 0},
               {"backends", {backend("app", "app-1")}},
               {"protection", protection}};
  EXPECT_THAT(pools_text({{"pools", {pool}}}, kEighty),
              ::testing::EndsWith("\n\napp: 12 of 96 requests at once (adaptive: latency 22 ms, lowest 15 ms), 1 of\n"
                                  "    20 retries at once, 7 shed, 5 hedged after p95, of which 4 won\n"));
  pool["protection"] = {{"requests", none}, {"shed", 0}, {"hedge", nullptr}};
  EXPECT_THAT(pools_text({{"pools", {pool}}}, kEighty), ::testing::Not(::testing::HasSubstr("app:")));
}

TEST(Rendering, BackendsOnEightyColumns) {
  EXPECT_EQ(backends_text(backends(), kEighty),
            "BACKEND         ADDRESS             STATE  FOR  SHARE  RUNNING  REQUESTS  FAILED\n"
            "app/app-1       app-1.int…nal:8080  up      5m  100 %       12    12,345       3\n"
            "app/app-2       app-2.int…nal:8080  down    5m    0 %       12    12,345       3\n"
            "static/files-1  files-1.i…nal:8080  up      5m  100 %       12    12,345       3\n"
            "\n"
            "app/app-2 is down for 5 min: HTTP 503 from /healthz, 3 of 3 failed\n");
}

TEST(Rendering, BackendsInAPipeHaveEveryColumnWhole) {
  EXPECT_EQ(
      backends_text({{"backends", {backend("app", "app-2", "down", "HTTP 503")}}}, kPipe),
      "BACKEND    ADDRESS              STATE  FOR  SHARE  RUNNING  REQUESTS  FAILED  P50  P95  CHECKED  WHY\n"
      "app/app-2  app-2.internal:8080  down    5m    0 %       12    12,345       3  3.2   12       1s  HTTP 503\n");
}

TEST(Rendering, NothingThere) {
  EXPECT_EQ(backends_text({{"backends", Json::array()}}, kEighty), "There are no backends.\n");
  EXPECT_EQ(pools_text({{"pools", Json::array()}}, kEighty), "The configuration has no pools.\n");
  EXPECT_EQ(connections_text({{"connections", Json::array()}}, kEighty), "No connections are open.\n");
}

TEST(Rendering, Connections) {
  const Json one = {{"listener", "web"}, {"worker", 1},     {"client", "203.0.113.9"}, {"peer", "10.0.0.1:4711"},
                    {"age_seconds", 12}, {"phase", "idle"}, {"requests", 5},           {"method", "GET"},
                    {"host", "a.test"},  {"path", "/x"},    {"route", "assets"},       {"backend", "app-2"}};
  EXPECT_EQ(connections_text({{"connections", {one}}, {"total", 3}}, kEighty),
            "CLIENT       LISTENER  AGE  PHASE  REQUESTS  OUT  BACKEND  ROUTE   REQUEST\n"
            "203.0.113.9  web       12s  idle          5  0 B  app-2    assets  GET a.test/x\n"
            "\n"
            "1 of 3 connections; --limit N shows more.\n");
}

TEST(Rendering, EventsStandUnderTheirTime) {
  const Json event = {{"number", 1},
                      {"at", "2026-11-26T01:04:43.123Z"},
                      {"kind", "backend"},
                      {"text", "app/app-2 is down: HTTP 503 from /healthz, 3 of 3 failed"}};
  EXPECT_EQ(event_text(event, kEighty),
            "2026-11-26 01:04:43Z  backend    app/app-2 is down: HTTP 503 from /healthz, 3 of\n"
            "                                 3 failed\n");
  EXPECT_EQ(event_text(event, kPipe),
            "2026-11-26 01:04:43Z  backend    app/app-2 is down: HTTP 503 from /healthz, 3 of 3 failed\n");
}

TEST(Rendering, ADiffInColors) {
  const Json configuration = {{"diff", "--- running\n+++ file\n@@ -1 +1 @@\n-a: 1\n+a: \x1b[2J\n"}};
  EXPECT_EQ(diff_text(configuration, kEighty), "--- running\n+++ file\n@@ -1 +1 @@\n-a: 1\n+a: \\x1b[2J\n");
  const std::string colored = diff_text(configuration, {.width = 80, .colors = true, .now = kNow});
  EXPECT_NE(colored.find("\x1b[32m+a: \\x1b[2J\x1b[0m"), std::string::npos) << colored;
}

/// Any value in the place of any other, in a tree of the right shape.
Json mangled(const Json& of, std::mt19937& random) {
  static const Json kStrange[] = {nullptr,
                                  -1,
                                  1e308,
                                  "\x1b[2J\x1b]0;x\x07",
                                  "\n\n\n",
                                  "日本語日本語日本語日本語日本語日本語",
                                  std::string(300, 'x'),
                                  Json::array(),
                                  Json::object(),
                                  true,
                                  18446744073709551615u};
  if (random() % 12 == 0) return kStrange[random() % std::size(kStrange)];
  Json out = of;
  if (of.is_structured()) {
    for (auto& [name, value] : out.items()) value = mangled(value, random);
  }
  return out;
}

// Whatever the daemon answers: no line is wider than the page, and no control character reaches the terminal.
TEST(Rendering, HoldsItsWidthWhateverComes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    const Json list = mangled(backends(), random);
    const int width = 48 + static_cast<int>(random() % 140);
    const text::Page page{.width = width, .colors = false, .now = kNow};
    const Json pool = mangled({{"pools", {{{"name", "app"}, {"backends", backends()["backends"]}}}}}, random);
    const Json event =
        mangled({{"number", 1}, {"at", "2026-11-26T01:04:43.123Z"}, {"kind", "backend"}, {"text", "a b"}}, random);
    const Json connection =
        mangled({{"connections",
                  {{{"client", "1.2.3.4"}, {"phase", "idle"}, {"age_seconds", 3}, {"method", "GET"}, {"path", "/"}}}}},
                random);
    for (const std::string& shown :
         {status_text(mangled(status(), random), list, page), backends_text(list, page), pools_text(pool, page),
          event_text(event, page), connections_text(connection, page)}) {
      std::istringstream in(shown);
      for (std::string line; std::getline(in, line);) {
        ASSERT_LE(text::columns_of(line), width) << line;
        for (const char c : line) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << line;
      }
    }
  }
}

}  // namespace
}  // namespace headgate::proxy::ctl::words
