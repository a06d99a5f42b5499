#include "net/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/cancel.h"
#include "net/loop.h"
#include "net/waiting.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;

/// Tells when it is destroyed, as a coroutine's local.
struct Tell {
  ~Tell() { text += name; }
  std::string& text;
  const char* name;
};

Task<int> seven() {
  co_return 7;
}
Task<std::unique_ptr<int>> boxed(int value) {
  co_return std::make_unique<int>(value);
}
Task<int> sum_of_two() {
  const int a = co_await seven();
  std::unique_ptr<int> b = co_await boxed(5);
  co_return a + *b;
}
Task<void> set_flag(bool& flag) {
  flag = true;
  co_return;
}
Task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await deep(depth - 1);
  co_return below + 1;
}
Task<int> wait_at(Gate& gate, std::string& destroyed, const char* name) {
  const Tell tell{destroyed, name};
  const bool opened = co_await gate.wait(base::kNever);
  co_return opened ? 1 : 0;
}
Task<int> await_wait(Gate& gate, std::string& destroyed) {
  const Tell tell{destroyed, "outer "};
  const int value = co_await wait_at(gate, destroyed, "inner ");
  co_return value + 10;
}

TEST(Task, GivesItsValue) {
  Loop loop;
  EXPECT_EQ(testing::run_task(loop, sum_of_two()), 12);
}

TEST(Task, IsLazy) {
  bool ran = false;
  {
    Task<void> never_started = set_flag(ran);
    EXPECT_TRUE(never_started.valid());
  }
  EXPECT_FALSE(ran);
  Task<void> task = set_flag(ran);
  task.start();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(task.done());
}

TEST(Task, ChainsMayBeDeep) {
  Loop loop;
  EXPECT_EQ(testing::run_task(loop, deep(1000)), 1000);
}

TEST(Task, DestructionCancelsAllTheWayDown) {
  Loop loop;
  Gate gate(loop);
  std::string destroyed;
  {
    Task<int> task = await_wait(gate, destroyed);
    task.start();
    EXPECT_FALSE(task.done());
    gate.open();  // too late: what waits is destroyed before the loop turns
  }
  EXPECT_EQ(destroyed, "inner outer ");
  testing::run_for(loop, 2ms);
  EXPECT_TRUE(gate.is_open());
}

TEST(Task, StartedAndAwaitedLater) {
  Loop loop;
  Gate gate(loop);
  std::string destroyed;
  Task<int> task = await_wait(gate, destroyed);
  task.start();
  Task<int> moved = std::move(task);  // still knows that it has started
  gate.open();
  EXPECT_EQ(testing::run_task(loop, std::move(moved)), 11);
  EXPECT_EQ(destroyed, "inner outer ");
  Task<int> done = seven();
  done.start();
  EXPECT_EQ(testing::run_task(loop, std::move(done)), 7);
}

TEST(Task, AssignmentCancelsWhatWasThere) {
  Loop loop;
  Gate gate(loop);
  std::string destroyed;
  Task<int> task = wait_at(gate, destroyed, "first ");
  task.start();
  task = seven();
  EXPECT_EQ(destroyed, "first ");
  task.start();
  EXPECT_EQ(task.take(), 7);
}

Task<void> wait_in_scope(Gate& gate, std::string& destroyed, const char* name) {
  const Tell tell{destroyed, name};
  [[maybe_unused]] const bool opened = co_await gate.wait(base::kNever);
}

TEST(TaskScope, OwnsUntilTheEnd) {
  Loop loop;
  Gate first(loop);
  Gate second(loop);
  std::string destroyed;
  {
    TaskScope scope;
    scope.spawn(wait_in_scope(first, destroyed, "first "));
    scope.spawn(wait_in_scope(second, destroyed, "second "));
    EXPECT_FALSE(scope.empty());
    first.open();
    testing::run_until(loop, [&] { return !destroyed.empty(); });
    EXPECT_EQ(destroyed, "first ");
    EXPECT_FALSE(scope.empty());
  }
  EXPECT_EQ(destroyed, "first second ");
}

Task<void> end_at_once() {
  co_return;
}

TEST(TaskScope, TasksThatEndAtOnceLeaveAtOnce) {
  TaskScope scope;
  for (int i = 0; i < 1000; ++i) scope.spawn(end_at_once());
  EXPECT_TRUE(scope.empty());
}

struct SpawnsWhenDestroyed {
  ~SpawnsWhenDestroyed() { scope.spawn(wait_in_scope(gate, destroyed, "late ")); }
  TaskScope& scope;
  Gate& gate;
  std::string& destroyed;
};
Task<void> spawn_at_end(TaskScope& scope, Gate& mine, Gate& other, std::string& destroyed) {
  const SpawnsWhenDestroyed last{scope, other, destroyed};
  [[maybe_unused]] const bool opened = co_await mine.wait(base::kNever);
}

TEST(TaskScope, CancelsWhatIsSpawnedByCancelling) {
  Loop loop;
  Gate gate(loop);
  Gate other(loop);
  std::string destroyed;
  TaskScope scope;
  scope.spawn(spawn_at_end(scope, gate, other, destroyed));
  scope.cancel_all();
  EXPECT_EQ(destroyed, "late ");
  EXPECT_TRUE(scope.empty());
}

Task<std::optional<int>> run_cancellable(Canceller& canceller, Task<int> task) {
  std::optional<int> value = co_await cancellable(canceller, std::move(task));
  co_return value;
}

TEST(Cancellable, GivesTheValueIfNobodyCancels) {
  Loop loop;
  Canceller canceller(loop);
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, sum_of_two())), 12);
  canceller.cancel();  // nobody there
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, seven())), 7);
  Task<int> done = seven();
  done.start();
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, std::move(done))), 7);
}

TEST(Cancellable, IsCutShortOnTheNextTurn) {
  Loop loop;
  Gate gate(loop);
  Canceller canceller(loop);
  std::string destroyed;
  Task<std::optional<int>> task = run_cancellable(canceller, await_wait(gate, destroyed));
  task.start();
  canceller.cancel();
  canceller.cancel();
  EXPECT_EQ(destroyed, "");
  EXPECT_EQ(testing::run_task(loop, std::move(task)), std::nullopt);
  EXPECT_EQ(destroyed, "inner outer ");
}

Task<int> cancel_and_wait(Canceller& canceller, Gate& gate, std::string& destroyed) {
  canceller.cancel();
  const int value = co_await wait_at(gate, destroyed, "inner ");
  co_return value;
}
Task<int> cancel_and_end(Canceller& canceller) {
  canceller.cancel();
  co_return 3;
}

TEST(Cancellable, FromInside) {
  Loop loop;
  Gate gate(loop);
  Canceller canceller(loop);
  std::string destroyed;
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, cancel_and_wait(canceller, gate, destroyed))),
            std::nullopt);
  EXPECT_EQ(destroyed, "inner ");
  // Ended before the cut could come: the value counts, and the next one is not cut.
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, cancel_and_end(canceller))), 3);
  Gate open(loop);
  open.open();
  EXPECT_EQ(testing::run_task(loop, run_cancellable(canceller, wait_at(open, destroyed, ""))), 1);
}

TEST(Cancellable, DestroyedWhileACutIsUnderWay) {
  Loop loop;
  Gate gate(loop);
  Canceller canceller(loop);
  std::string destroyed;
  {
    Task<std::optional<int>> task = run_cancellable(canceller, await_wait(gate, destroyed));
    task.start();
    canceller.cancel();
  }
  EXPECT_EQ(destroyed, "inner outer ");
  testing::run_for(loop, 2ms);
}

Task<bool> wait_until(Gate& gate, base::Time deadline) {
  const bool opened = co_await gate.wait(deadline);
  co_return opened;
}

TEST(Gate, RemembersAndClosesBehindItself) {
  Loop loop;
  Gate gate(loop);
  gate.open();
  gate.open();
  EXPECT_TRUE(testing::run_task(loop, wait_until(gate, base::kNever)));
  EXPECT_FALSE(gate.is_open());
  EXPECT_FALSE(testing::run_task(loop, wait_until(gate, loop.now() + 5ms)));
}

TEST(Gate, WakesOnTheNextTurnNotAtOnce) {
  Loop loop;
  Gate gate(loop);
  Task<bool> task = wait_until(gate, base::kNever);
  task.start();
  gate.open();
  EXPECT_FALSE(task.done());
  EXPECT_TRUE(testing::run_task(loop, std::move(task)));
}

TEST(Gate, GivesUpAtTheDeadlineAndNotBefore) {
  Loop loop;
  Gate gate(loop);
  const base::Time deadline = base::now() + 30ms;
  EXPECT_FALSE(testing::run_task(loop, wait_until(gate, deadline)));
  EXPECT_GE(base::now(), deadline);
  EXPECT_LT(base::now(), deadline + 2s);
}

Task<int> sleep_for(Loop& loop, base::Duration duration) {
  co_await sleep_until(loop, loop.now() + duration);
  co_return 1;
}

TEST(Sleep, SleepsAndMayBeCancelled) {
  Loop loop;
  const base::Time begun = base::now();
  EXPECT_EQ(testing::run_task(loop, sleep_for(loop, 20ms)), 1);
  EXPECT_GE(base::now(), begun + 20ms);
  EXPECT_EQ(testing::run_task(loop, sleep_for(loop, -1s)), 1);
  Task<int> cancelled = sleep_for(loop, 1ms);
  cancelled.start();
  cancelled.cancel();
  testing::run_for(loop, 5ms);
}

}  // namespace
}  // namespace headgate::net
