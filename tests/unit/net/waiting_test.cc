#include "net/waiting.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

Task<int> count_turns(Loop& loop, int times) {
  const std::uint64_t before = loop.turn();
  for (int i = 0; i < times; ++i) co_await next_turn(loop);
  co_return static_cast<int>(loop.turn() - before);
}

TEST(NextTurn, ComesOncePerTurn) {
  Loop loop;
  EXPECT_EQ(testing::run_task(loop, count_turns(loop, 5)), 5);
}

Task<void> note(Loop& loop, std::string& out, char name, int times) {
  for (int i = 0; i < times; ++i) {
    out += name;
    co_await next_turn(loop);
  }
}

TEST(NextTurn, LetsOthersHaveTheirs) {
  Loop loop;
  std::string order;
  TaskScope scope;
  scope.spawn(note(loop, order, 'a', 3));
  scope.spawn(note(loop, order, 'b', 3));
  testing::run_until(loop, [&] { return scope.empty(); });
  EXPECT_EQ(order, "ababab");
}

TEST(NextTurn, IsForgottenWhenItsTaskIsDestroyed) {
  Loop loop;
  std::string order;
  {
    Task<void> task = note(loop, order, 'a', 2);
    task.start();
  }
  testing::run_for(loop, std::chrono::milliseconds(2));
  EXPECT_EQ(order, "a");
}

Task<std::string> use_up(Loop& loop) {
  TurnShare share(loop);
  std::string out;
  out += share.is_used_up(TurnShare::kBytesMax - 1) ? 'x' : '-';
  out += share.is_used_up(1) ? 'x' : '-';
  out += share.is_used_up(0) ? 'x' : '-';
  co_await next_turn(loop);
  out += share.is_used_up(TurnShare::kBytesMax - 1) ? 'x' : '-';
  out += share.is_used_up(1) ? 'x' : '-';
  co_return out;
}

TEST(TurnShare, IsOneMebibyteOfEachTurn) {
  Loop loop;
  EXPECT_EQ(testing::run_task(loop, use_up(loop)), "-xx-x");
}

}  // namespace
}  // namespace headgate::net
