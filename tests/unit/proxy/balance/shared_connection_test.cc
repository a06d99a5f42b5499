#include "proxy/balance/shared_connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "net/loop.h"
#include "net/waiting.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;

/// What became of a connection: outlives it.
struct Fate {
  std::uint32_t room = 2;
  int goodbyes = 0;
  bool destroyed = false;
};

class FakeConnection final : public SharedConnection {
 public:
  FakeConnection(const std::shared_ptr<Backend>& backend, net::Loop& loop, Fate& fate)
      : SharedConnection(ConnectionSlot(backend), loop), fate_(fate) {}
  ~FakeConnection() override { fate_.destroyed = true; }
  using SharedConnection::retire;

 private:
  std::uint32_t requests_max() const override { return fate_.room; }
  void say_goodbye() override { ++fate_.goodbyes; }
  Fate& fate_;
};

class Shared : public testing::Test {
 protected:
  Shared() { under_test_.add(); }
  std::unique_ptr<FakeConnection> open(Fate& fate) {
    return std::make_unique<FakeConnection>(under_test_.draft.members[0].backend, loop_, fate);
  }
  void turn(base::Duration duration = 3ms) { run_to_end(loop_, pause(duration)); }
  net::Task<void> pause(base::Duration duration) { co_await net::sleep_until(loop_, base::now() + duration); }
  base::Time soon() { return base::now() + 10ms; }
  std::uint32_t open_connections() { return under_test_.backend(0).connections_open; }

  net::Loop loop_;
  PoolUnderTest under_test_;
  Fate first_, second_;
  SharedConnections connections_;
};

TEST_F(Shared, TheFirstWithRoomIsTaken) {
  EXPECT_EQ(connections_.take(), nullptr);
  connections_.add(open(first_));
  connections_.add(open(second_));
  SharedConnection* const first = connections_.take();
  EXPECT_EQ(connections_.take(), first);
  EXPECT_EQ(first->requests(), 2u);
  SharedConnection* const second = connections_.take();
  EXPECT_NE(second, first);
  EXPECT_EQ(connections_.take(), second);
  EXPECT_EQ(connections_.take(), nullptr);
  connections_.give_back(*first, 10, base::kNever);
  EXPECT_EQ(connections_.take(), first);
  EXPECT_EQ(first->uses(), 3u);
  EXPECT_EQ(open_connections(), 2u);
}

TEST_F(Shared, RoomIsWhatTheConnectionSays) {
  connections_.add(open(first_));
  first_.room = 0;
  EXPECT_EQ(connections_.take(), nullptr);
  first_.room = 1;
  EXPECT_NE(connections_.take(), nullptr);
  EXPECT_EQ(connections_.take(), nullptr);
}

TEST_F(Shared, IdleOnesEndInTime) {
  connections_.add(open(first_));
  SharedConnection& connection = *connections_.take();
  connections_.give_back(connection, 1, soon());
  turn(3ms);
  EXPECT_FALSE(first_.destroyed);
  EXPECT_EQ(connections_.take(), &connection);  // in use again: its time does not run
  turn(20ms);
  EXPECT_FALSE(first_.destroyed);
  connections_.give_back(connection, 1, soon());
  turn(30ms);
  EXPECT_TRUE(first_.destroyed);
  EXPECT_EQ(first_.goodbyes, 1);
  EXPECT_EQ(open_connections(), 0u);
}

TEST_F(Shared, NoMoreThanTheBoundStayIdle) {
  connections_.add(open(first_));
  connections_.add(open(second_));
  first_.room = second_.room = 1;
  SharedConnection& first = *connections_.take();
  SharedConnection& second = *connections_.take();
  connections_.give_back(first, 1, base::kNever);
  connections_.give_back(second, 1, base::kNever);
  turn();
  EXPECT_FALSE(first_.destroyed);
  EXPECT_TRUE(second_.destroyed);
  EXPECT_EQ(connections_.size(), 1u);
}

TEST_F(Shared, WithABoundOfNoneEachEndsWithItsLastRequest) {
  connections_.add(open(first_));
  SharedConnection& connection = *connections_.take();
  EXPECT_EQ(connections_.take(), &connection);
  connections_.give_back(connection, 0, base::kNever);
  turn();
  EXPECT_FALSE(first_.destroyed);
  connections_.give_back(connection, 0, base::kNever);
  EXPECT_EQ(connections_.take(), nullptr);
  turn();
  EXPECT_TRUE(first_.destroyed);
}

TEST_F(Shared, WhoIsRetiredEndsWithItsLastRequest) {
  connections_.add(open(first_));
  SharedConnection& connection = *connections_.take();
  connections_.retire_all();
  EXPECT_EQ(connections_.take(), nullptr);
  turn();
  EXPECT_FALSE(first_.destroyed);
  EXPECT_EQ(first_.goodbyes, 0);
  connections_.give_back(connection, 10, base::kNever);
  EXPECT_EQ(first_.goodbyes, 1);
  turn();
  EXPECT_TRUE(first_.destroyed);
}

TEST_F(Shared, WhoIsRetiredWithoutRequestsEndsOnTheNextTurn) {
  auto connection = open(first_);
  FakeConnection& retired = *connection;
  connections_.add(std::move(connection));
  retired.retire();
  retired.retire();
  EXPECT_FALSE(first_.destroyed);
  turn();
  EXPECT_TRUE(first_.destroyed);
  EXPECT_EQ(first_.goodbyes, 1);
}

TEST_F(Shared, TheEndOfAllSaysGoodbye) {
  {
    SharedConnections all;
    all.add(open(first_));
  }
  EXPECT_TRUE(first_.destroyed);
  EXPECT_EQ(first_.goodbyes, 1);
}

}  // namespace
}  // namespace headgate::proxy::balance
