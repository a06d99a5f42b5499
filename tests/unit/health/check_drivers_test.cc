#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <deque>
#include <string>

#include "health/checks/http_check.h"
#include "health/checks/tcp_check.h"
#include "health/turnstile.h"
#include "tests/unit/health/scripted_server.h"
#include "tests/unit/net/run_task.h"

namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;
using health::testing::RefusingPort;
using health::testing::Script;
using health::testing::ScriptedServer;
using ::testing::HasSubstr;

struct Case {
  const char* name;
  std::string answer;
  std::string wanted_body;
  Verdict verdict;
  std::string text;  // "@" stands for the address
  bool close_after = true;
  bool reset = false;
};

std::string head(std::string_view more) {
  return "HTTP/1.1 200 OK\r\n" + std::string(more) + "\r\n";
}

std::vector<Case> cases() {
  const std::string far(70'000, 'x');
  return {
      {"status_200", head("Content-Length: 0\r\n"), "", Verdict::kPassed, "HTTP 200 from /healthz"},
      {"old_version", "HTTP/1.0 200 OK\r\n\r\n", "", Verdict::kPassed, "HTTP 200 from /healthz"},
      {"status_503", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "", Verdict::kFailed,
       "HTTP 503 from /healthz"},
      {"no_reason_phrase", "HTTP/1.1 204 \r\n\r\n", "", Verdict::kPassed, "HTTP 204 from /healthz"},
      {"status_301", "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "", Verdict::kFailed,
       "HTTP 301 from /healthz"},
      {"interim_first", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head("Content-Length: 0\r\n"), "",
       Verdict::kPassed, "HTTP 200 from /healthz"},
      {"interim_without_end",
       []() {
         std::string all;
         for (int i = 0; i < 9; ++i) all += "HTTP/1.1 103 Early Hints\r\n\r\n";
         return all;
       }(),
       "", Verdict::kFailed, "more than 8 interim answers"},
      {"body_by_length", head("Content-Length: 7\r\n") + "all ok!", "ok", Verdict::kPassed, "HTTP 200 from /healthz"},
      {"body_lacks_it", head("Content-Length: 7\r\n") + "failed!", "ok", Verdict::kFailed,
       "HTTP 200 from /healthz without 'ok' in its body"},
      {"text_behind_the_body", head("Content-Length: 2\r\n") + "noHTTP/1.1 ok", "ok", Verdict::kFailed,
       "HTTP 200 from /healthz without 'ok' in its body"},
      {"body_until_close", head("") + "it is ok", "ok", Verdict::kPassed, "HTTP 200 from /healthz"},
      {"body_in_chunks", head("Transfer-Encoding: chunked\r\n") + "6\r\nall fi\r\n3\r\nne!\r\n0\r\n\r\n", "fine",
       Verdict::kPassed, "HTTP 200 from /healthz"},
      {"chunks_lack_it", head("Transfer-Encoding: chunked\r\n") + "3\r\nbad\r\n0\r\n\r\n", "fine", Verdict::kFailed,
       "HTTP 200 from /healthz without 'fine' in its body"},
      {"chunk_framing_is_no_body", head("Transfer-Encoding: chunked\r\n") + "4;fine=1\r\nnope\r\n0\r\n\r\n", "fine",
       Verdict::kFailed, "HTTP 200 from /healthz without 'fine' in its body"},
      {"bad_chunks", head("Transfer-Encoding: chunked\r\n") + "zz\r\n", "fine", Verdict::kFailed,
       "HTTP 200 from /healthz with malformed chunks"},
      {"no_body_at_all", "HTTP/1.1 204 No Content\r\n\r\n", "ok", Verdict::kFailed,
       "HTTP 204 from /healthz without 'ok' in its body"},
      {"cut_in_the_body", head("Content-Length: 100\r\n") + "half", "ok", Verdict::kFailed,
       "HTTP 200 from /healthz, closed in the middle of the body"},
      {"found_before_the_cut", head("Content-Length: 100\r\n") + "half ok", "ok", Verdict::kPassed,
       "HTTP 200 from /healthz"},
      {"at_the_edge_of_the_search", head("") + std::string(kSearchedBytesMax - 2, 'x') + "ok", "ok", Verdict::kPassed,
       "HTTP 200 from /healthz"},
      {"beyond_the_search", head("") + std::string(kSearchedBytesMax - 1, 'x') + "ok", "ok", Verdict::kFailed,
       "HTTP 200 from /healthz without 'ok' in its body"},
      {"head_too_long", "HTTP/1.1 200 OK\r\nX: " + far, "", Verdict::kFailed, "head"},
      {"garbage", "SSH-2.0-OpenSSH_9.2\r\n", "", Verdict::kFailed, "no valid HTTP answer: "},
      {"cut_in_the_head", "HTTP/1.1 200 OK\r\nContent-", "", Verdict::kFailed,
       "the connection was closed in the middle of the answer's head"},
      {"closed_at_once", "", "", Verdict::kFailed, "the connection was closed without an answer"},
      {"reset", "", "", Verdict::kFailed, "read from @: Connection reset by peer", true, true},
      {"silence", "", "", Verdict::kFailed, "no answer within 300ms", false},
      {"half_an_answer", "HTTP/1.1 200 O", "", Verdict::kFailed, "no complete answer within 300ms", false},
      {"half_a_body", head("Content-Length: 9\r\n") + "a", "ok", Verdict::kFailed, "no complete answer within 300ms",
       false},
      {"open_after_the_head", head("Content-Length: 9\r\n") + "a", "", Verdict::kPassed, "HTTP 200 from /healthz",
       false},
  };
}

class HttpCheckTable : public ::testing::TestWithParam<Case> {};

TEST_P(HttpCheckTable, SaysWhatItFound) {
  const Case& c = GetParam();
  for (const bool byte_by_byte : {false, true}) {
    if (byte_by_byte && (c.answer.size() > 1000 || c.reset)) continue;
    SCOPED_TRACE(byte_by_byte ? "byte by byte" : "at once");
    const ScriptedServer server({c.answer, c.close_after, c.reset, byte_by_byte});
    config::HttpCheck check;
    check.path = "/healthz";
    check.body = c.wanted_body;
    net::Loop loop;
    const Finding finding = net::testing::run_task(loop, check_http(loop, server.endpoint(), check, 300ms));
    EXPECT_EQ(finding.verdict, c.verdict) << finding.text;
    std::string text = c.text;
    if (const std::size_t at = text.find('@'); at != std::string::npos) text.replace(at, 1, server.endpoint().text());
    EXPECT_THAT(finding.text, HasSubstr(text));
    EXPECT_EQ(loop.buffers().lent_bytes(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, HttpCheckTable, ::testing::ValuesIn(cases()),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(HttpCheck, AsksWithHostAgentAndClose) {
  const ScriptedServer server({head("Content-Length: 0\r\n")});
  net::Loop loop;
  config::HttpCheck check;
  check.path = "/healthz?deep=1";
  net::testing::run_task(loop, check_http(loop, server.endpoint(), check, 1s));
  check.host = "app.internal";
  net::testing::run_task(loop, check_http(loop, server.endpoint(), check, 1s));
  const std::string rest = "\r\nUser-Agent: headgate-check\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(server.requests(),
              ::testing::ElementsAre("GET /healthz?deep=1 HTTP/1.1\r\nHost: " + server.endpoint().text() + rest,
                                     "GET /healthz?deep=1 HTTP/1.1\r\nHost: app.internal" + rest));
}

TEST(HttpCheck, TakesTheStatusesThatAreWanted) {
  const ScriptedServer server({"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"});
  net::Loop loop;
  config::HttpCheck check;
  check.status = {{200, 299}, {401, 401}};
  EXPECT_EQ(net::testing::run_task(loop, check_http(loop, server.endpoint(), check, 1s)).verdict, Verdict::kPassed);
  check.status = {{200, 400}, {402, 599}};
  EXPECT_EQ(net::testing::run_task(loop, check_http(loop, server.endpoint(), check, 1s)).verdict, Verdict::kFailed);
}

TEST(TcpCheck, PassesOnAConnection) {
  const ScriptedServer server({""});
  net::Loop loop;
  const Finding finding = net::testing::run_task(loop, check_tcp(loop, server.endpoint(), 1s));
  EXPECT_EQ(finding.verdict, Verdict::kPassed);
  EXPECT_EQ(finding.text, "connected to " + server.endpoint().text());
}

TEST(TcpCheck, FailsWhereNobodyListens) {
  const RefusingPort port;
  net::Loop loop;
  const Finding finding = net::testing::run_task(loop, check_tcp(loop, port.endpoint(), 1s));
  EXPECT_EQ(finding.verdict, Verdict::kFailed);
  EXPECT_EQ(finding.text, "connect to " + port.endpoint().text() + ": Connection refused");
}

TEST(TcpCheck, FailsWhereNobodyAnswers) {
  // A listener whose queue is full drops the SYN, as a dead machine would.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  const base::Endpoint endpoint = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&address), length);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), length);
  }
  net::Loop loop;
  const Finding finding = net::testing::run_task(loop, check_tcp(loop, endpoint, 200ms));
  EXPECT_EQ(finding.verdict, Verdict::kFailed);
  EXPECT_EQ(finding.text, "connect to " + endpoint.text() + ": no answer within 200ms");
  for (int fd : fillers) ::close(fd);
  ::close(listener);
}

TEST(TcpCheck, OutOfDescriptorsSaysNothingOfTheBackend) {
  const RefusingPort port;
  net::Loop loop;
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &none);
  const Finding finding = net::testing::run_task(loop, check_tcp(loop, port.endpoint(), 1s));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(finding.verdict, Verdict::kUndecided);
  EXPECT_THAT(finding.text, HasSubstr("Too many open files"));
}

/// Counts who is inside, and the most there ever were.
struct Inside {
  Inside(int& now_inside, int& most) : inside(now_inside) { most = std::max(most, ++inside); }
  ~Inside() { --inside; }
  int& inside;
};

net::Task<void> pass_through(Turnstile& turnstile, net::Gate& until, int& inside, int& most, std::vector<int>& order,
                             int me) {
  const Turnstile::Pass pass = co_await turnstile.enter();
  order.push_back(me);
  const Inside counted(inside, most);
  [[maybe_unused]] const bool opened = co_await until.wait(base::kNever);
}

TEST(Turnstile, LetsOnlySoManyThroughAndTheRestInOrder) {
  net::Loop loop;
  Turnstile turnstile(loop, 2);
  int inside = 0;
  int most = 0;
  std::vector<int> order;
  std::deque<net::Gate> gates;
  std::vector<net::Task<void>> tasks;
  for (int i = 0; i < 6; ++i) {
    tasks.push_back(pass_through(turnstile, gates.emplace_back(loop), inside, most, order, i));
    tasks.back().start();
  }
  EXPECT_EQ(inside, 2);
  tasks[2].cancel();  // while it waits
  gates[1].open();
  net::testing::run_until(loop, [&] { return order.size() == 3; });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 3}));
  tasks[0].cancel();  // gives its pass to 4, which is destroyed before it can go
  tasks[4].cancel();
  net::testing::run_until(loop, [&] { return order.size() == 4; });
  EXPECT_EQ(order.back(), 5);
  EXPECT_EQ(turnstile.free(), 0u);
  gates[3].open();
  gates[5].open();
  net::testing::run_until(loop, [&] { return turnstile.free() == 2; });
  EXPECT_EQ(most, 2);
}

}  // namespace
}  // namespace headgate::health::checks
