#include "health/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/unit/health/scripted_server.h"
#include "tests/unit/net/run_task.h"

namespace headgate::health {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::RefusingPort;
using testing::Script;
using testing::ScriptedServer;

const Script kAnswers200{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
const Script kAnswers503{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"};
const Script kSilent{"", false};

class TableTest : public ::testing::Test {
 protected:
  TableTest() {
    std::remove(log_path_.c_str());
    log_ = std::move(*base::Log::open(log_path_, base::LogLevel::kDebug));
    config::HttpCheck check;
    check.path = "/healthz";
    settings_.check = check;
    settings_.interval = 20ms;
    settings_.timeout = 500ms;
    table_ = std::make_unique<Table>(loop_, *log_, [this](const std::string& pool) { ++changes_[pool]; });
  }
  ~TableTest() override {
    table_.reset();
    std::remove(log_path_.c_str());
  }

  static Table::Member member(std::string id, const base::Endpoint& address) { return {std::move(id), address}; }
  static base::Endpoint address(const char* text) { return *base::Endpoint::parse(text); }
  Row row(std::string_view backend) const {
    for (Row& each : table_->rows()) {
      if (each.backend == backend) return each;
    }
    ADD_FAILURE() << "no backend " << backend;
    return {};
  }
  bool wait_for(const std::function<bool()>& condition) { return net::testing::run_until(loop_, condition, 5s); }
  bool wait_for_state(std::string_view backend, State state) {
    return wait_for([&] { return row(backend).state == state; });
  }
  std::string log_text() const {
    std::ifstream file(log_path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string log_path_ =
      ::testing::TempDir() + "health_table_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::unique_ptr<base::Log> log_;
  net::Loop loop_;
  config::Health settings_;
  std::map<std::string, int> changes_;
  std::unique_ptr<Table> table_;
};

TEST_F(TableTest, EachKindOfServerGetsTheRightRow) {
  const ScriptedServer well(kAnswers200);
  const ScriptedServer ill(kAnswers503);
  const ScriptedServer resets({"", true, true});
  const ScriptedServer garbage({"\x16\x03\x01 what?\r\n\r\n"});
  const ScriptedServer silent(kSilent);
  const RefusingPort refuses;
  settings_.timeout = 200ms;
  const auto words = table_->set_pool("app", settings_,
                                      {member("well", well.endpoint()), member("ill", ill.endpoint()),
                                       member("resets", resets.endpoint()), member("garbage", garbage.endpoint()),
                                       member("silent", silent.endpoint()), member("refuses", refuses.endpoint())});
  EXPECT_TRUE(words[1]->takes_requests());  // nobody has been asked yet
  ASSERT_TRUE(wait_for([&] {
    for (const Row& each : table_->rows()) {
      if (each.checks_ok + each.checks_failed == 0) return false;
    }
    return true;
  }));
  EXPECT_EQ(row("well").state, State::kUp);
  EXPECT_EQ(row("well").why, "HTTP 200 from /healthz, 1 of 1 passed");
  EXPECT_EQ(row("ill").why, "HTTP 503 from /healthz, 1 of 1 failed");
  EXPECT_THAT(row("resets").why, HasSubstr("Connection reset by peer, 1 of 1 failed"));
  EXPECT_THAT(row("garbage").why, HasSubstr("no valid HTTP answer"));
  EXPECT_EQ(row("silent").why, "no answer within 200ms, 1 of 1 failed");
  EXPECT_EQ(row("refuses").why, "connect to " + refuses.endpoint().text() + ": Connection refused, 1 of 1 failed");
  const std::vector<Row> rows = table_->rows();
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(words[i]->state(), i == 0 ? State::kUp : State::kDown) << rows[i].backend;
    EXPECT_EQ(words[i]->state(), rows[i].state);
    EXPECT_EQ(rows[i].pool, "app");
  }
}

TEST_F(TableTest, FallsRisesAndLogsEachOnce) {
  ScriptedServer server(kAnswers200);
  settings_.slow_start = 300ms;
  const auto words = table_->set_pool("app", settings_, {member("app-2", server.endpoint())});
  ASSERT_TRUE(wait_for([&] { return row("app-2").checks_ok > 0; }));
  EXPECT_EQ(words[0]->weight_percent(), 100u);
  const base::WallTime since = row("app-2").since;
  EXPECT_EQ(changes_["app"], 0);

  server.set_script(kAnswers503);
  ASSERT_TRUE(wait_for_state("app-2", State::kDown));
  EXPECT_EQ(row("app-2").checks_failed, 3u);
  EXPECT_GT(row("app-2").since, since);
  ASSERT_TRUE(wait_for([&] { return changes_["app"] == 1; }));
  server.set_script(kAnswers200);
  ASSERT_TRUE(wait_for_state("app-2", State::kUp));
  EXPECT_EQ(words[0]->weight_percent(), 10u);
  ASSERT_TRUE(wait_for([&] { return words[0]->weight_percent() == 100; }));
  EXPECT_LE(changes_["app"], 12);

  const std::string where = "pool app: backend app-2 (" + server.endpoint().text() + ") is ";
  EXPECT_THAT(log_text(), HasSubstr("warning " + where + "down: HTTP 503 from /healthz, 3 of 3 failed\n"));
  EXPECT_THAT(log_text(), HasSubstr("info " + where + "up: HTTP 200 from /healthz, 2 of 2 passed\n"));
  const std::string text = log_text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

TEST_F(TableTest, ChecksAtTheInterval) {
  const ScriptedServer server(kAnswers200);
  settings_.interval = 100ms;
  table_->set_pool("app", settings_, {member("a", server.endpoint())});
  net::testing::run_for(loop_, 1050ms);
  EXPECT_GE(server.connections(), 8u);   // ten and a bit, but slow machines check late
  EXPECT_LE(server.connections(), 12u);  // 1050 / 90, and the first
}

TEST_F(TableTest, AConnectionIsEnoughForATcpCheck) {
  const ScriptedServer server(kSilent);
  const RefusingPort refuses;
  settings_.check = config::TcpCheck{};
  table_->set_pool("app", settings_, {member("a", server.endpoint()), member("b", refuses.endpoint())});
  ASSERT_TRUE(wait_for_state("b", State::kDown));
  ASSERT_TRUE(wait_for([&] { return row("a").checks_ok > 1; }));
  EXPECT_EQ(row("a").why, "connected to " + server.endpoint().text() + ", 1 of 1 passed");
}

TEST_F(TableTest, KeepsWhoStaysAndForgetsWhoGoes) {
  const ScriptedServer ill(kAnswers503);
  const ScriptedServer well(kAnswers200);
  const auto before = table_->set_pool("app", settings_, {member("a", ill.endpoint()), member("b", well.endpoint())});
  ASSERT_TRUE(wait_for_state("a", State::kDown));
  ASSERT_TRUE(wait_for([&] { return row("b").checks_ok > 0; }));
  const Row a = row("a");

  const auto after = table_->set_pool("app", settings_, {member("c", well.endpoint()), member("a", ill.endpoint())});
  EXPECT_EQ(after[1], before[0]);
  EXPECT_NE(after[0], before[1]);
  EXPECT_EQ(row("a").state, State::kDown);
  EXPECT_EQ(row("a").since, a.since);
  EXPECT_GE(row("a").checks_failed, a.checks_failed);
  EXPECT_EQ(table_->rows().size(), 2u);

  // The same id at another address is another backend; an id that had gone begins anew.
  const auto moved = table_->set_pool("app", settings_, {member("a", well.endpoint()), member("b", well.endpoint())});
  EXPECT_NE(moved[0], before[0]);
  EXPECT_EQ(row("a").state, State::kUp);
  EXPECT_EQ(row("b").why, "not checked yet");
  before[1]->report(BackendHealth::Outcome::kError);  // a worker with an old snapshot
  net::testing::run_for(loop_, 10ms);

  table_->remove_pool("app");
  EXPECT_TRUE(table_->rows().empty());
  table_->remove_pool("app");
}

TEST_F(TableTest, AnotherCheckRunsAtOnceAndANewIntervalAtTheNext) {
  const ScriptedServer server(kAnswers200);
  settings_.interval = 1h;
  const std::vector<Table::Member> members = {member("a", server.endpoint())};
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return row("a").checks_ok == 1; }));
  table_->set_pool("app", settings_, members);
  net::testing::run_for(loop_, 50ms);
  EXPECT_EQ(row("a").checks_ok, 1u);

  std::get<config::HttpCheck>(settings_.check).path = "/ready";
  settings_.interval = 20ms;
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return row("a").checks_ok >= 3; }));
  EXPECT_THAT(server.requests()[1], HasSubstr("GET /ready "));
}

TEST_F(TableTest, AnAnswerToAnOlderQuestionDoesNotCount) {
  ScriptedServer server(kSilent);
  settings_.interval = 1h;
  settings_.timeout = 100ms;
  const std::vector<Table::Member> members = {member("a", server.endpoint())};
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return server.connections() == 1; }));
  server.set_script(kAnswers200);
  std::get<config::HttpCheck>(settings_.check).path = "/ready";
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return row("a").checks_ok == 1; }));
  EXPECT_EQ(row("a").checks_failed, 0u);
}

TEST_F(TableTest, ChecksMayBeSwitchedOffAndOn) {
  const ScriptedServer ill(kAnswers503);
  const std::vector<Table::Member> members = {member("a", ill.endpoint())};
  const config::Health with_checks = settings_;
  settings_.check = {};
  table_->set_pool("app", settings_, members);
  net::testing::run_for(loop_, 30ms);
  EXPECT_EQ(row("a").why, "not checked");
  EXPECT_EQ(ill.connections(), 0u);
  table_->set_pool("app", with_checks, members);
  ASSERT_TRUE(wait_for_state("a", State::kDown));
  table_->set_pool("app", settings_, members);
  EXPECT_EQ(row("a").state, State::kUp);
  const std::size_t checked = ill.connections();
  net::testing::run_for(loop_, 60ms);
  EXPECT_LE(ill.connections(), checked + 1);  // one may have been under way
}

TEST_F(TableTest, DrainsAllOfAnIdAndWhoComesLater) {
  settings_.check = {};
  const std::vector<Table::Member> two = {member("app", address("127.0.0.1:1")), member("app", address("127.0.0.1:2")),
                                          member("other", address("127.0.0.1:3"))};
  auto words = table_->set_pool("app", settings_, two);
  EXPECT_FALSE(table_->set_configured_drain("nowhere", "app", true, "x"));
  EXPECT_TRUE(table_->set_configured_drain("app", "app", true, "new kernel"));
  EXPECT_EQ(words[0]->state(), State::kDraining);
  EXPECT_EQ(words[1]->state(), State::kDraining);
  EXPECT_EQ(words[2]->state(), State::kUp);
  EXPECT_FALSE(words[0]->takes_requests());
  // A name resolves to another address: still drained.
  words = table_->set_pool("app", settings_,
                           {member("app", address("127.0.0.1:2")), member("app", address("127.0.0.1:4"))});
  EXPECT_EQ(words[1]->state(), State::kDraining);
  EXPECT_EQ(row("app").why, "new kernel");
  EXPECT_TRUE(table_->set_configured_drain("app", "app", false, "enabled by an operator"));
  EXPECT_EQ(words[0]->state(), State::kUp);
  EXPECT_EQ(words[1]->state(), State::kUp);
  EXPECT_EQ(row("app").why, "enabled by an operator");
  EXPECT_THAT(log_text(), HasSubstr("info pool app: backend app (127.0.0.1:1) is draining: new kernel"));
}

TEST_F(TableTest, AWishHangsOnTheId) {
  settings_.check = {};
  std::vector<std::string> moves;
  table_->on_moved([&moves](const StateChange& change) {
    moves.push_back(std::string(change.backend) + " " + change.address.text() + " " +
                    std::string(to_string(change.from)) + ">" + std::string(to_string(change.to)) + " " +
                    std::string(change.why));
  });
  auto words = table_->set_pool("app", settings_, {member("app", address("127.0.0.1:1"))});
  EXPECT_EQ(table_->wish("app", "nobody", {.kind = Wish::Kind::kDrain}), WishOutcome::kNoSuchBackend);
  EXPECT_EQ(table_->wish("nowhere", "app", {.kind = Wish::Kind::kDrain}), WishOutcome::kNoSuchBackend);
  EXPECT_EQ(table_->wish("app", "app", {.kind = Wish::Kind::kDrain}), WishOutcome::kTaken);
  EXPECT_EQ(words[0]->state(), State::kDraining);
  EXPECT_EQ(row("app").wish.mode, checks::Mode::kDraining);
  EXPECT_EQ(row("app").why, "drained by an operator");
  EXPECT_EQ(table_->wish("app", "app", {.kind = Wish::Kind::kWeight, .percent = 50}), WishOutcome::kNotEnabled);
  // Another address, then none, then one again: it is still so.
  words = table_->set_pool("app", settings_, {member("app", address("127.0.0.1:2"))});
  EXPECT_EQ(words[0]->state(), State::kDraining);
  table_->set_pool("app", settings_, {});
  EXPECT_EQ(table_->wish("app", "app", {.kind = Wish::Kind::kDisable, .why = "fire"}), WishOutcome::kTaken);
  words = table_->set_pool("app", settings_, {member("app", address("127.0.0.1:3"))});
  EXPECT_EQ(words[0]->state(), State::kDisabled);
  EXPECT_FALSE(words[0]->takes_requests());
  EXPECT_EQ(table_->wish("app", "app", {.kind = Wish::Kind::kEnable}), WishOutcome::kTaken);
  EXPECT_EQ(words[0]->state(), State::kUp);
  EXPECT_EQ(table_->wish("app", "app", {.kind = Wish::Kind::kWeight, .percent = 40}), WishOutcome::kTaken);
  EXPECT_EQ(words[0]->weight_percent(), 40u);
  table_->forget_wishes("app", {"other"});
  words = table_->set_pool("app", settings_, {member("app", address("127.0.0.1:4"))});
  EXPECT_EQ(words[0]->weight_percent(), 100u);
  EXPECT_THAT(moves, ::testing::ElementsAre("app 127.0.0.1:1 up>draining drained by an operator",
                                            "app 127.0.0.1:2 up>draining drained by an operator",
                                            "app 127.0.0.1:3 up>disabled fire",
                                            "app 127.0.0.1:3 disabled>up enabled by an operator"));
}

TEST_F(TableTest, AWishGoesItsWayByTimers) {
  settings_.check = {};
  const auto words = table_->set_pool("app", settings_, {member("a", address("127.0.0.1:1"))});
  table_->wish("app", "a", {.kind = Wish::Kind::kDrain, .over = 300ms});
  EXPECT_EQ(words[0]->weight_percent(), 100u);
  EXPECT_GT(row("a").wish.left, 0ms);
  EXPECT_TRUE(wait_for_state("a", State::kDraining));
  EXPECT_EQ(words[0]->weight_percent(), 0u);
  EXPECT_EQ(row("a").wish.left, 0ms);
}

TEST_F(TableTest, AnHeirBeginsWithWhatItIsTold) {
  settings_.check = {};
  settings_.outlier = config::Outlier{.errors = 3, .window = 10s, .eject = 60s, .max_ejected_percent = 50};
  const std::vector<Table::Member> members = {member("a", address("127.0.0.1:1")), member("b", address("127.0.0.1:2")),
                                              member("c", address("127.0.0.1:3"))};
  const auto words = table_->set_pool("app", settings_, members);
  for (int i = 0; i < 3; ++i) words[0]->report(BackendHealth::Outcome::kError);
  ASSERT_TRUE(wait_for_state("a", State::kEjected));
  table_->wish("app", "b", {.kind = Wish::Kind::kDisable, .why = "fire"});
  table_->wish("app", "c", {.kind = Wish::Kind::kWeight, .percent = 30});
  const Row before = row("a");

  const Heritage heritage = table_->heritage();
  Table heir(loop_, *log_, [](const std::string&) {});
  heir.inherit(heritage);
  const auto inherited = heir.set_pool("app", settings_, members);
  heir.forget_heritage();
  EXPECT_EQ(inherited[0]->state(), State::kEjected);
  EXPECT_EQ(inherited[1]->state(), State::kDisabled);
  EXPECT_EQ(inherited[2]->weight_percent(), 30u);
  const std::vector<Row> rows = heir.rows();
  EXPECT_EQ(rows[0].since, before.since);
  EXPECT_EQ(rows[0].why, before.why);
  EXPECT_EQ(rows[0].ejections, 1u);
  EXPECT_EQ(rows[1].wish.why, "fire");
  EXPECT_EQ(rows[1].wish.since, heritage.wishes[0].wish.since);
}

TEST_F(TableTest, EjectsWhatTrafficSaysAndNoMoreThanTheCap) {
  settings_.check = {};
  settings_.outlier = config::Outlier{.errors = 3, .window = 10s, .eject = 100ms, .max_ejected_percent = 50};
  const auto words = table_->set_pool(
      "app", settings_,
      {member("a", address("127.0.0.1:1")), member("b", address("127.0.0.1:2")), member("c", address("127.0.0.1:3"))});
  for (const auto& word : words) {
    for (int i = 0; i < 3; ++i) {
      word->report(BackendHealth::Outcome::kError);
      word->report(BackendHealth::Outcome::kSuccess);
    }
  }
  ASSERT_TRUE(wait_for_state("a", State::kEjected));
  EXPECT_EQ(row("a").why, "3 errors within 10s, ejected for 100ms");
  EXPECT_EQ(words[1]->state(), State::kUp);  // half of three is one
  EXPECT_EQ(words[2]->state(), State::kUp);
  EXPECT_EQ(row("a").ejections, 1u);
  ASSERT_TRUE(wait_for_state("a", State::kUp));
  words[1]->report(BackendHealth::Outcome::kError);  // its errors were remembered
  ASSERT_TRUE(wait_for_state("b", State::kEjected));
}

TEST_F(TableTest, FewerBackendsBringTheEjectedBack) {
  settings_.check = {};
  settings_.outlier = config::Outlier{.errors = 1, .window = 10s, .eject = 1h, .max_ejected_percent = 50};
  const std::vector<Table::Member> four = {member("a", address("127.0.0.1:1")), member("b", address("127.0.0.1:2")),
                                           member("c", address("127.0.0.1:3")), member("d", address("127.0.0.1:4"))};
  const auto words = table_->set_pool("app", settings_, four);
  words[0]->report(BackendHealth::Outcome::kError);
  words[1]->report(BackendHealth::Outcome::kError);
  ASSERT_TRUE(wait_for([&] { return row("a").state == State::kEjected && row("b").state == State::kEjected; }));
  table_->set_pool("app", settings_, {four[0], four[1], four[2]});
  EXPECT_EQ(row("a").state, State::kUp);
  EXPECT_EQ(row("b").state, State::kEjected);
  table_->set_pool("app", settings_, {four[1]});  // never the only one
  EXPECT_EQ(row("b").state, State::kUp);
}

TEST_F(TableTest, AnEjectedBackendThatGoesLeavesItsRoom) {
  settings_.check = {};
  settings_.outlier = config::Outlier{.errors = 1, .window = 10s, .eject = 1h, .max_ejected_percent = 50};
  const std::vector<Table::Member> three = {member("a", address("127.0.0.1:1")), member("b", address("127.0.0.1:2")),
                                            member("c", address("127.0.0.1:3"))};
  auto words = table_->set_pool("app", settings_, three);
  words[0]->report(BackendHealth::Outcome::kError);
  ASSERT_TRUE(wait_for_state("a", State::kEjected));
  words = table_->set_pool("app", settings_, {three[1], three[2]});
  words[0]->report(BackendHealth::Outcome::kError);
  EXPECT_TRUE(wait_for_state("b", State::kEjected));
}

TEST_F(TableTest, TheCallbackMayChangeTheTable) {
  const RefusingPort refuses;
  std::unique_ptr<Table> table;
  int told = 0;
  table = std::make_unique<Table>(loop_, *log_, [&](const std::string& pool) {
    ++told;
    table->remove_pool(pool);
  });
  table->set_pool("app", settings_, {member("a", refuses.endpoint())});
  table->set_pool("web", settings_, {member("a", refuses.endpoint())});
  ASSERT_TRUE(wait_for([&] { return told == 2; }));
  EXPECT_TRUE(table->rows().empty());
}

TEST_F(TableTest, ABackendThatLeavesInTheMiddleOfACheckIsHeardOut) {
  ScriptedServer slow({.answer = kAnswers200.answer, .awaits_word = true});
  table_->set_pool("app", settings_, {member("a", slow.endpoint())});
  ASSERT_TRUE(wait_for([&] { return !slow.requests().empty(); }));
  table_->remove_pool("app");
  slow.give_word();
  ASSERT_TRUE(wait_for([&] { return slow.answers() == 1; }));
  EXPECT_FALSE(slow.was_left());
}

TEST_F(TableTest, AtMost256ChecksRunAtOnceOverAllPools) {
  const ScriptedServer silent(kSilent);
  std::vector<Table::Member> members;
  for (int i = 0; i < 150; ++i) members.push_back(member(std::to_string(i), silent.endpoint()));
  settings_.interval = 10ms;
  settings_.timeout = 1h;
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return silent.connections() == 150; }));
  table_->set_pool("web", settings_, members);
  ASSERT_TRUE(wait_for([&] { return silent.connections() == 256; }));
  net::testing::run_for(loop_, 50ms);
  EXPECT_EQ(silent.connections(), 256u);
  table_->remove_pool("app");  // whose passes go to those that wait
  ASSERT_TRUE(wait_for([&] { return silent.connections() == 300; }));
  table_.reset();  // with 150 checks under way
  net::testing::run_for(loop_, 10ms);
}

TEST_F(TableTest, ACheckSwitchedOffWhileItWaitsForItsTurnIsNotRun) {
  const ScriptedServer silent(kSilent);
  const ScriptedServer other(kAnswers200);
  std::vector<Table::Member> members;
  for (int i = 0; i < 256; ++i) members.push_back(member(std::to_string(i), silent.endpoint()));
  settings_.interval = 10ms;
  settings_.timeout = 1h;
  table_->set_pool("app", settings_, members);
  ASSERT_TRUE(wait_for([&] { return silent.connections() == 256; }));
  table_->set_pool("web", settings_, {member("a", other.endpoint())});
  config::Health off = settings_;
  off.check = {};
  table_->set_pool("web", off, {member("a", other.endpoint())});
  table_->remove_pool("app");
  net::testing::run_for(loop_, 30ms);
  EXPECT_EQ(other.connections(), 0u);
}

TEST_F(TableTest, TheFirstChecksOfManyBackendsAreSpread) {
  const ScriptedServer server(kAnswers200);
  std::vector<Table::Member> members;
  for (int i = 0; i < 400; ++i) members.push_back(member(std::to_string(i), server.endpoint()));
  settings_.interval = 400ms;
  settings_.timeout = 5s;
  table_->set_pool("app", settings_, members);
  net::testing::run_for(loop_, 100ms);
  EXPECT_GT(server.connections(), 0u);
  EXPECT_LT(server.connections(), 400u);
  ASSERT_TRUE(wait_for([&] {
    for (const Row& each : table_->rows()) {
      if (each.checks_ok == 0) return false;
    }
    return true;
  }));
}

}  // namespace
}  // namespace headgate::health
