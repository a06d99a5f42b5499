// Connections to backends over real loopback sockets.
#include "proxy/balance/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "net/listener.h"
#include "net/waiting.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;
using Connected = std::optional<base::Result<std::unique_ptr<Connection>>>;

base::Endpoint loopback(std::uint16_t port) {
  return base::Endpoint(base::IpAddress::v4(0x7f000001), port);
}

net::Task<void> connect(Lease& lease, base::Time deadline, Connected& out) {
  base::Result<std::unique_ptr<Connection>> connection = co_await lease.connect(deadline);
  out.emplace(std::move(connection));
}

class Connections : public testing::Test {
 protected:
  Connections()
      : acceptor(
            loop, std::move(*net::ListeningSocket::open(loopback(0))),
            [this](int fd, const base::Endpoint&) { accepted.push_back(fd); }, [](int) {}) {
    under_test.add(1, 0, false, acceptor.socket().endpoint());
  }
  ~Connections() override {
    for (const int fd : accepted) ::close(fd);
  }
  void start() {
    under_test.publish();
    pool.emplace(loop, under_test.pool, 0, 1);
    lease = pool->try_acquire(Wish());
  }
  Connected try_connect() {
    Connected out;
    run_to_end(loop, connect(lease, base::now() + 2s, out));
    return out;
  }
  std::unique_ptr<Connection> connected() {
    Connected out = try_connect();
    EXPECT_TRUE(*out);
    turn();
    return std::move(**out);
  }
  void turn(base::Duration duration = 3ms) { run_to_end(loop, pause(loop, duration)); }
  void close_accepted(std::size_t index) {
    ::close(accepted[index]);
    accepted.erase(accepted.begin() + static_cast<std::ptrdiff_t>(index));
  }
  Backend& backend() { return under_test.backend(0); }
  BackendCounters& counters() { return backend().counters(0); }

  net::Loop loop;
  std::vector<int> accepted;
  net::Acceptor acceptor;
  PoolUnderTest under_test;
  std::optional<WorkerPool> pool;
  Lease lease;
};

TEST_F(Connections, AreCountedWhileTheyLive) {
  start();
  std::unique_ptr<Connection> connection = connected();
  EXPECT_EQ(&connection->backend(), &backend());
  EXPECT_EQ(connection->uses(), 0u);
  EXPECT_EQ(backend().connections_open, 1u);
  EXPECT_EQ(counters().connections_opened.value(), 1u);
  connection.reset();
  EXPECT_EQ(backend().connections_open, 0u);
}

TEST_F(Connections, AreReusedMostRecentFirst) {
  start();
  std::unique_ptr<Connection> first = connected();
  std::unique_ptr<Connection> second = connected();
  Connection* const second_address = second.get();
  EXPECT_EQ(lease.take_idle(), nullptr);
  lease.keep(std::move(first));
  lease.keep(std::move(second));
  EXPECT_EQ(backend().connections_open, 2u);
  const std::unique_ptr<Connection> taken = lease.take_idle();
  EXPECT_EQ(taken.get(), second_address);
  EXPECT_EQ(taken->uses(), 1u);
  EXPECT_NE(lease.take_idle(), nullptr);
  EXPECT_EQ(lease.take_idle(), nullptr);
  EXPECT_EQ(counters().connections_reused.value(), 2u);
}

TEST_F(Connections, IdleOnesAreBounded) {
  under_test.draft.settings.connections.idle = 2;
  start();
  std::vector<std::unique_ptr<Connection>> open;
  for (int i = 0; i < 3; ++i) open.push_back(connected());
  for (std::unique_ptr<Connection>& connection : open) lease.keep(std::move(connection));
  EXPECT_EQ(backend().connections_open, 2u);
}

TEST_F(Connections, IdleZeroKeepsNone) {
  under_test.draft.settings.connections.idle = 0;
  start();
  lease.keep(connected());
  EXPECT_EQ(backend().connections_open, 0u);
}

TEST_F(Connections, AreClosedWhenTheBackendCloses) {
  start();
  lease.keep(connected());
  lease.keep(connected());
  close_accepted(0);
  turn();
  EXPECT_EQ(backend().connections_open, 1u);
  close_accepted(0);
  turn();
  EXPECT_EQ(backend().connections_open, 0u);
}

TEST_F(Connections, ThatSpeakUnaskedAreNotTaken) {
  start();
  lease.keep(connected());
  ASSERT_EQ(::send(accepted[0], "x", 1, 0), 1);
  turn();
  EXPECT_EQ(lease.take_idle(), nullptr);
  EXPECT_EQ(backend().connections_open, 0u);
  EXPECT_EQ(counters().connections_reused.value(), 0u);
}

TEST_F(Connections, ThatAreNotSilentAreNotKept) {
  start();
  std::unique_ptr<Connection> connection = connected();
  ASSERT_EQ(::send(accepted[0], "x", 1, 0), 1);
  turn();
  lease.keep(std::move(connection));
  EXPECT_EQ(backend().connections_open, 0u);
}

TEST_F(Connections, AreClosedAfterTheirIdleTime) {
  under_test.draft.settings.connections.idle_timeout = 20ms;
  start();
  lease.keep(connected());
  turn(10ms);
  EXPECT_EQ(backend().connections_open, 1u);
  turn(40ms);
  EXPECT_EQ(backend().connections_open, 0u);
}

TEST_F(Connections, InUseAreNotClosedByTheIdleTime) {
  under_test.draft.settings.connections.idle_timeout = 10ms;
  start();
  lease.keep(connected());
  const std::unique_ptr<Connection> used = lease.take_idle();
  ASSERT_NE(used, nullptr);
  turn(40ms);
  EXPECT_EQ(backend().connections_open, 1u);
}

TEST_F(Connections, SurviveAReload) {
  start();
  lease.keep(connected());
  under_test.add();
  std::swap(under_test.draft.members[0], under_test.draft.members[1]);
  under_test.publish();
  pool->settings();
  EXPECT_NE(lease.take_idle(), nullptr);
}

TEST_F(Connections, OfARemovedBackendAreClosed) {
  start();
  lease.keep(connected());
  std::unique_ptr<Connection> in_use = connected();
  const std::shared_ptr<Backend> removed = under_test.draft.members[0].backend;
  under_test.draft.members.clear();
  under_test.publish();
  pool->settings();
  EXPECT_EQ(removed->connections_open, 1u);
  lease.keep(std::move(in_use));
  EXPECT_EQ(removed->connections_open, 0u);
}

TEST_F(Connections, AreLimited) {
  under_test.draft.settings.connections.max = 2;
  start();
  const std::unique_ptr<Connection> first = connected();
  std::unique_ptr<Connection> second = connected();
  const Connected refused = try_connect();
  ASSERT_FALSE(*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(refused->error().message, "pool app: backend b0 has its 2 connections open");
  EXPECT_EQ(counters().connect_failures.value(), 0u);
  second.reset();
  EXPECT_NE(connected(), nullptr);
}

TEST_F(Connections, AtTheLimitAnIdleOneMakesRoom) {
  under_test.draft.settings.connections.max = 2;
  start();
  lease.keep(connected());
  lease.keep(connected());
  const std::unique_ptr<Connection> third = connected();
  EXPECT_EQ(backend().connections_open, 2u);
  EXPECT_NE(lease.take_idle(), nullptr);
  EXPECT_EQ(lease.take_idle(), nullptr);
}

TEST_F(Connections, UnderWayCountForTheLimit) {
  under_test.draft.settings.connections.max = 1;
  start();
  net::TaskScope scope;
  Connected first;
  Connected second;
  scope.spawn(connect(lease, base::now() + 2s, first));
  scope.spawn(connect(lease, base::now() + 2s, second));
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  turn(10ms);
  EXPECT_TRUE(first && *first);
}

TEST_F(Connections, CancelledWhileConnectingGiveTheirSlotBack) {
  under_test.draft.settings.connections.max = 1;
  start();
  net::TaskScope scope;
  Connected cut;
  scope.spawn(connect(lease, base::now() + 2s, cut));
  scope.cancel_all();
  EXPECT_EQ(backend().connections_open, 0u);
  EXPECT_NE(connected(), nullptr);
}

TEST_F(Connections, RefusedAreCountedAndToldToHealth) {
  acceptor.pause();
  under_test.draft.members.clear();
  base::Endpoint nobody;
  {
    const net::ListeningSocket closed = std::move(*net::ListeningSocket::open(loopback(0)));
    nobody = closed.endpoint();
  }
  under_test.add(1, 0, false, nobody);
  start();
  const Connected refused = try_connect();
  ASSERT_FALSE(*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kRefused);
  EXPECT_EQ(counters().connect_failures.value(), 1u);
  EXPECT_EQ(backend().health().collect_errors(), 1u);
  EXPECT_EQ(under_test.error_messages, 1);
  EXPECT_EQ(backend().connections_open, 0u);
}

// ---- connections that began with a PROXY header ----

class Announced : public Connections {
 protected:
  void start_with(std::uint32_t idle) {
    under_test.draft.settings.connections.idle = idle;
    under_test.draft.settings.proxy_header = config::ProxyHeader::kV1;
    start();
  }
  static wire::proxy_protocol::Announcement from(std::uint16_t port) {
    return {.source = loopback(port), .destination = loopback(80)};
  }
  std::unique_ptr<Connection> announced(std::uint16_t port) {
    Connected out;
    run_to_end(loop, connect_for(lease, lease.announcement_of(from(port)), base::now() + 2s, out));
    EXPECT_TRUE(*out);
    turn();
    return std::move(**out);
  }
  static net::Task<void> connect_for(Lease& lease, std::string header, base::Time deadline, Connected& out) {
    base::Result<std::unique_ptr<Connection>> connection = co_await lease.connect(deadline, std::move(header));
    out.emplace(std::move(connection));
  }
  std::unique_ptr<Connection> taken(std::uint16_t port) { return lease.take_idle(lease.announcement_of(from(port))); }
};

TEST_F(Announced, TheHeaderIsTheFirstThatComes) {
  start_with(10);
  EXPECT_TRUE(lease.wants_announcement());
  const std::unique_ptr<Connection> connection = announced(4711);
  char bytes[100];
  const ssize_t got = ::recv(accepted.at(0), bytes, sizeof bytes, 0);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(got)), "PROXY TCP4 127.0.0.1 127.0.0.1 4711 80\r\n");
  EXPECT_EQ(connection->announced(), "PROXY TCP4 127.0.0.1 127.0.0.1 4711 80\r\n");
}

TEST_F(Announced, AreForOneClientAlone) {
  start_with(10);
  lease.keep(announced(1));
  lease.keep(announced(2));
  EXPECT_EQ(taken(3), nullptr);
  EXPECT_EQ(lease.take_idle(), nullptr) << "nor for a pool that has no headers any more";
}

TEST_F(Announced, AreFoundByTheSameClient) {
  start_with(10);
  std::unique_ptr<Connection> first = announced(1);
  const Connection* kept = first.get();
  lease.keep(std::move(first));
  lease.keep(announced(2));
  EXPECT_EQ(taken(1).get(), kept);
  EXPECT_EQ(taken(1), nullptr) << "it is in use";
  EXPECT_NE(taken(2), nullptr);
}

TEST_F(Announced, MakeRoomForTheirLike) {
  start_with(2);
  for (std::uint16_t port = 1; port <= 3; ++port) lease.keep(announced(port));
  EXPECT_EQ(taken(1), nullptr) << "the oldest went";
  EXPECT_NE(taken(2), nullptr);
  EXPECT_NE(taken(3), nullptr);
}

TEST_F(Announced, WithoutRoomForAnyNoneIsKept) {
  start_with(0);
  lease.keep(announced(1));
  EXPECT_EQ(taken(1), nullptr);
}

TEST_F(Announced, AreLookedForAmongTheLast) {
  start_with(IdleConnections::kAnnouncedSearch + 1);
  for (std::uint16_t port = 1; port <= IdleConnections::kAnnouncedSearch + 1; ++port) lease.keep(announced(port));
  EXPECT_EQ(taken(1), nullptr) << "one more than are looked at was kept after it";
  EXPECT_NE(taken(2), nullptr);
}

}  // namespace
}  // namespace headgate::proxy::balance
