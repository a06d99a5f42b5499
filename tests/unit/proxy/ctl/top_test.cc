#include <gtest/gtest.h>

#include <random>

#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/top/drawing.h"
#include "tests/unit/proxy/ctl/answers.h"

namespace headgate::proxy::ctl::top {
namespace {

using client::Json;
using testing::backend;
using testing::kNow;
using Kind = Key::Kind;
using namespace std::chrono_literals;

Answers answers(std::uint64_t requests, std::uint64_t process = 7) {
  Json first = backend("app", "app-1");
  first["requests"] = requests;
  Json second = backend("app", "app-2", "down", "HTTP 503 from /healthz, 3 of 3 failed");
  second["failures"] = requests / 10;
  Json history = {{"step_seconds", 1}, {"points", Json::array()}};
  for (int i = 0; i < 8; ++i) {
    history["points"].push_back({{"requests", 100 * i},
                                 {"errors_5xx", i == 7 ? 2 : 0},
                                 {"sent_bytes", 2048},
                                 {"latency_ms", {{"p50", 3}, {"p95", i}, {"p99", nullptr}}}});
  }
  return {.status = {{"version", "0.1.0"},
                     {"state", "serving"},
                     {"pid", process},
                     {"uptime_seconds", 7200},
                     {"configuration", {{"differs_from_file", false}, {"last_reload", {{"accepted", true}}}}},
                     {"totals", {{"connections_open", 312}}}},
          .pools = {{"pools",
                     {{{"name", "app"},
                       {"balance", "least_requests"},
                       {"requests", requests},
                       {"retries", 0},
                       {"waiting", 0},
                       {"backends", {first, second}}}}}},
          .history = history,
          .events = {{"events",
                      {{{"number", 1}, {"at", "2026-11-26T01:00:00.000Z"}, {"kind", "reload"}, {"text", "started"}},
                       {{"number", 2},
                        {"at", "2026-11-26T01:04:00.000Z"},
                        {"kind", "backend"},
                        {"text", "app/app-2 is down"},
                        {"to", "down"}}}}}};
}

Model model() {
  Pictures pictures;
  const base::Time start = base::now();
  pictures.take(answers(1000), start, kNow);
  return pictures.take(answers(1500), start + 2s, kNow);
}

TEST(Pictures, RatesAreOfTheTimeBetween) {
  const Model shown = model();
  EXPECT_EQ(shown.title, "headgate 0.1.0, serving for 2 h");
  ASSERT_EQ(shown.backends.size(), 2u);
  EXPECT_EQ(shown.backends[0].requests_per_second, 250);
  EXPECT_EQ(shown.backends[1].failures_per_second, 25);
  EXPECT_EQ(shown.pools[0].requests_per_second, 250);
  EXPECT_EQ(shown.pools[0].up, 1u);
  EXPECT_EQ(shown.pools[0].running, 24u);
  EXPECT_EQ(shown.events.front().text, "app/app-2 is down") << "the newest first";
}

TEST(Pictures, ARestartMakesNoNegativeAndNoHugeRate) {
  Pictures pictures;
  const base::Time start = base::now();
  pictures.take(answers(1000, 7), start, kNow);
  EXPECT_EQ(pictures.take(answers(900, 7), start + 1s, kNow).backends[0].requests_per_second, 0);
  EXPECT_EQ(pictures.take(answers(5000, 8), start + 2s, kNow).backends[0].requests_per_second, 0);
  EXPECT_EQ(pictures.take(answers(5010, 8), start + 3s, kNow).backends[0].requests_per_second, 10);
}

TEST(Pictures, ARefusedReloadIsSaid) {
  Answers of = answers(1);
  of.status["configuration"]["last_reload"] = {{"accepted", false}, {"message", "a.yaml:1: no\nmore\n"}};
  EXPECT_EQ(Pictures().take(of, base::now(), kNow).warning, "the last reload was refused: a.yaml:1: no");
}

TEST(Bars, AreAsHighAsTheirShare) {
  EXPECT_EQ(bars({0, 1, 4, 8}, 6), "   ▁▄█");
  EXPECT_EQ(bars({1, 2, 3}, 2), "▅█") << "the newest";
  EXPECT_EQ(bars({0, 0}, 2), "  ");
  EXPECT_EQ(bars({}, 3), "   ");
  EXPECT_EQ(bars({1}, 0), "");
}

TEST(Keys, OfATerminal) {
  EXPECT_EQ(keys_in("q"), (std::vector<Key>{{Kind::kCharacter, 'q'}}));
  EXPECT_EQ(keys_in("\x1b[A\x1bOB"), (std::vector<Key>{{Kind::kUp}, {Kind::kDown}}));
  EXPECT_EQ(keys_in("\x1b[5~\x1b[6~\x1b[H\x1b[F"),
            (std::vector<Key>{{Kind::kPageUp}, {Kind::kPageDown}, {Kind::kHome}, {Kind::kEnd}}));
  EXPECT_EQ(keys_in("\x1b"), (std::vector<Key>{{Kind::kEscape}}));
  EXPECT_EQ(keys_in("\x03\x1a\x0c\r"),
            (std::vector<Key>{{Kind::kInterrupt}, {Kind::kSuspend}, {Kind::kRedraw}, {Kind::kEnter}}));
  EXPECT_EQ(keys_in("\x1b[1;5A"), (std::vector<Key>{{Kind::kUp}}));
  EXPECT_EQ(keys_in("\x1b[12"), (std::vector<Key>{{Kind::kOther}}));
  EXPECT_EQ(keys_in("\xff\x01"), (std::vector<Key>{{Kind::kOther}, {Kind::kOther}}));
}

Key key(char character) {
  return {Kind::kCharacter, character};
}

TEST(Controls, ChooseAndDrainAfterAQuestion) {
  const Model shown = model();
  Controls controls;
  EXPECT_EQ(press(controls, shown, {Kind::kDown}), Effect::kNothing);
  EXPECT_EQ(press(controls, shown, key('d')), Effect::kNothing);
  ASSERT_TRUE(controls.question);
  EXPECT_EQ(controls.question->id, "app-2");
  EXPECT_EQ(press(controls, shown, key('n')), Effect::kNothing);
  EXPECT_FALSE(controls.question);
  press(controls, shown, key('e'));
  EXPECT_EQ(press(controls, shown, key('q')), Effect::kNothing) << "no yes, and it does not quit either";
  EXPECT_FALSE(controls.question);
  press(controls, shown, key('e'));
  EXPECT_EQ(press(controls, shown, key('y')), Effect::kOperate);
  EXPECT_EQ(controls.question->operation, words::Operation::kEnable);
}

TEST(Controls, TheChosenOneStaysChosenWhateverTheOrder) {
  const Model shown = model();
  Controls controls;
  press(controls, shown, {Kind::kEnd});
  press(controls, shown, key('s'));
  EXPECT_EQ(controls.order, Order::kState);
  const std::vector<BackendRow> rows = sorted(shown.backends, controls.order);
  EXPECT_EQ(rows[0].id, "app-2") << "what is down comes first";
  EXPECT_EQ(chosen_row(rows, controls), 0);
  for (int i = 0; i < 5; ++i) press(controls, shown, key('s'));
  EXPECT_EQ(controls.order, Order::kConfiguration);
  EXPECT_EQ(chosen_row({}, controls), -1);
}

TEST(Controls, TheRest) {
  const Model shown = model();
  Controls controls;
  press(controls, shown, key('p'));
  EXPECT_TRUE(controls.is_paused);
  press(controls, shown, key('h'));
  EXPECT_TRUE(controls.shows_help);
  EXPECT_EQ(press(controls, shown, key('x')), Effect::kNothing);
  EXPECT_FALSE(controls.shows_help);
  EXPECT_EQ(press(controls, shown, key('q')), Effect::kQuit);
  EXPECT_EQ(press(controls, shown, {Kind::kInterrupt}), Effect::kQuit);
  EXPECT_EQ(press(controls, shown, {Kind::kSuspend}), Effect::kSuspend);
  EXPECT_EQ(press(controls, {}, key('d')), Effect::kNothing) << "there is nothing to drain";
  EXPECT_FALSE(controls.question);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    std::string each = line;
    while (each.ends_with(' ')) each.pop_back();
    out += each + "\n";
  }
  return out;
}

const text::Page kEighty{.width = 80, .colors = false, .now = kNow};

TEST(Drawing, OnEightyByTwentyFour) {
  EXPECT_EQ(joined(drawing(model(), {}, kEighty, 24)),
            "headgate 0.1.0, serving for 2 h                                        01:04:43Z\n"
            "requests          700/s                                        ▂▃▄▅▆▇█  most 700\n"
            "5xx               2.0/s                                              █  most 2.0\n"
            "p95              7.0 ms                                        ▂▃▄▅▆▇█  most 7.0\n"
            "p50 3.0 ms, 2.0 KiB/s sent, 312 connections open\n"
            "POOL  UP      RUNNING  WAITING  REQ/S  RETRY/S  BALANCE\n"
            "app   1 of 2       24        0    250        0  least_requests\n"
            "   BACKEND    STATE  FOR  SHARE  RUNNING  REQ/S  FAIL/S  P95  WHY\n"
            ">  app/app-1  up      5m  100 %       12    250       0   12\n"
            "   app/app-2  down    5m    0 %       12      0      25   12  HTTP 503 from /he…\n"
            "01:04:00  app/app-2 is down\n"
            "01:00:00  started\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "\n"
            "q quit  h help  p pause  s sort: configuration  ↑↓ choose  d drain  e enable\n");
}

TEST(Drawing, SaysWhatItIsDoing) {
  Model lost = model();
  lost.trouble = "nobody answers on /run/headgate/admin.sock";
  lost.is_away = true;
  const std::string shown = joined(drawing(lost, {}, kEighty, 24));
  EXPECT_NE(shown.find("reconnecting  01:04:43Z"), std::string::npos) << shown;
  EXPECT_NE(shown.find("nobody answers on"), std::string::npos);
  EXPECT_NE(shown.find("app/app-2"), std::string::npos) << "the last picture stays";
  Controls paused{.is_paused = true};
  EXPECT_NE(joined(drawing(model(), paused, kEighty, 24)).find("paused  01:04:43Z"), std::string::npos);
  Controls asking{.question = Question{words::Operation::kDrain, "app", "app-1"}};
  EXPECT_EQ(drawing(model(), asking, kEighty, 24).back(), "Drain app/app-1? y or n");
}

TEST(Drawing, TooSmallATerminalIsTold) {
  EXPECT_EQ(drawing(model(), {}, {.width = 59, .colors = false, .now = kNow}, 24),
            std::vector<std::string>{"59x24 is too small: top needs 60x10"});
  EXPECT_EQ(drawing(model(), {}, kEighty, 9), std::vector<std::string>{"80x9 is too small: top needs 60x10"});
  EXPECT_EQ(drawing(model(), {}, {.width = 5, .colors = false, .now = kNow}, 3), std::vector<std::string>{"5x3 …"});
}

TEST(Drawing, FitsEveryTerminalAndAlwaysShowsTheChosenOne) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    Model many = model();
    const BackendRow one = many.backends[0];
    for (std::size_t i = 0; i < random() % 60; ++i) {
      BackendRow more = one;
      more.id = "backend-with-quite-a-name-" + std::to_string(i);
      many.backends.push_back(more);
      if (i % 3 == 0) many.pools.push_back(many.pools[0]);
    }
    if (random() % 3 == 0) many.warning = std::string(200, 'w');
    if (random() % 3 == 0) many.trouble = std::string(200, 't');
    const int width = 60 + static_cast<int>(random() % 150);
    const int rows = 10 + static_cast<int>(random() % 60);
    Controls controls{.order = static_cast<Order>(random() % 6)};
    controls.chosen = many.backends[random() % many.backends.size()].key();
    const std::vector<std::string> lines =
        drawing(many, controls, {.width = width, .colors = false, .now = kNow}, rows);
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(rows));
    int marked = 0;
    for (const std::string& line : lines) {
      ASSERT_LE(text::columns_of(line), width) << line;
      marked += line.starts_with(">") ? 1 : 0;
    }
    ASSERT_EQ(marked, 1) << width << "x" << rows << "\n" << joined(lines);
  }
}

}  // namespace
}  // namespace headgate::proxy::ctl::top
