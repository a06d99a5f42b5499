// Requests that wait for a backend with room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <optional>

#include "net/waiting.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;
using health::State;
using Outcome = std::optional<base::Result<Lease>>;

net::Task<void> wait_for_lease(WorkerPool& pool, Wish wish, base::Time deadline, Outcome& outcome) {
  base::Result<Lease> lease = co_await pool.acquire(wish, deadline);
  outcome.emplace(std::move(lease));
}

class Queue : public testing::Test {
 protected:
  Queue() { under_test.draft.settings.queue.timeout = 10s; }

  void start(std::size_t workers = 1) {
    under_test.publish();
    for (std::size_t i = 0; i < workers; ++i)
      pools.push_back(std::make_unique<WorkerPool>(loop, under_test.pool, i, i));
  }
  Outcome& ask(std::size_t worker = 0, base::Time deadline = base::kNever) {
    Outcome& outcome = outcomes.emplace_back();
    scope.spawn(wait_for_lease(*pools[worker], Wish(), deadline, outcome));
    return outcome;
  }
  void turn(base::Duration duration = 2ms) { run_to_end(loop, pause(loop, duration)); }
  void wake(std::size_t worker) {
    loop.post([this, worker] { pools[worker]->wake_first_waiting(); });
  }

  net::Loop loop;
  PoolUnderTest under_test{3, [this](std::size_t worker, Pool&) { wake(worker); }};
  std::vector<std::unique_ptr<WorkerPool>> pools;
  std::deque<Outcome> outcomes;
  net::TaskScope scope;
};

TEST_F(Queue, GivesAtOnceWhatIsFree) {
  under_test.add(1, 1);
  start();
  Outcome& outcome = ask();
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ(pools[0]->counters().requests.value(), 1u);
  EXPECT_EQ(pools[0]->counters().queued.value(), 0u);
}

TEST_F(Queue, WaitersAreServedInTheOrderOfComing) {
  under_test.add(1, 1);
  start();
  Lease running = pools[0]->try_acquire(Wish());
  Outcome& first = ask();
  Outcome& second = ask();
  turn();
  EXPECT_FALSE(first || second);
  EXPECT_EQ(under_test.pool->waiting(), 2u);
  running.release();
  EXPECT_FALSE(pools[0]->try_acquire(Wish())) << "who comes later does not overtake";
  turn();
  ASSERT_TRUE(first && *first);
  EXPECT_FALSE(second);
  first.reset();
  turn();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
  EXPECT_EQ(pools[0]->counters().requests.value(), 3u);
  EXPECT_EQ(pools[0]->counters().queued.value(), 2u);
  EXPECT_EQ(under_test.backend(0).counters(0).requests.value(), 3u);
}

TEST_F(Queue, IsBoundedOverAllWorkers) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.size = 2;
  start(2);
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& first = ask(0);
  Outcome& second = ask(1);
  EXPECT_FALSE(first || second);
  Outcome& refused = ask(0);
  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(refused->error().message, "pool app: all backends are busy, and 2 requests wait already");
  EXPECT_EQ(pools[0]->counters().queue_overflows.value(), 1u);
  EXPECT_EQ(pools[0]->counters().requests.value(), 3u);
  scope.cancel_all();
}

TEST_F(Queue, SizeZeroLetsNobodyWait) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.size = 0;
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& refused = ask();
  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kUnavailable);
}

/// As if a queue had been served for a second, 100 times. That second is one to come, so that no time passes for its
/// pace while the test runs, however slowly it does.
void serve_before(Pool& pool) {
  base::Time now = base::now() + 1min;
  for (int i = 0; i < 100; ++i) {
    pool.begin_waiting(1, now);
    pool.end_waiting(true, now += 10ms);
  }
}

TEST_F(Queue, ShedsWhoWouldWaitForTooLong) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.shed = 25ms;
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  serve_before(*under_test.pool);
  Outcome& first = ask();
  Outcome& second = ask();
  EXPECT_FALSE(first || second) << "10 and 20 ms";
  Outcome& third = ask();
  ASSERT_TRUE(third && !*third);
  EXPECT_EQ(third->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(third->error().message, testing::StartsWith("pool app: all backends are busy, and it would wait for "));
  EXPECT_EQ(pools[0]->counters().shed.value(), 1u);
  EXPECT_EQ(pools[0]->counters().queued.value(), 2u);
  scope.cancel_all();
}

TEST_F(Queue, TheFirstWaitsHoweverLong) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.shed = 1ms;
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  serve_before(*under_test.pool);
  EXPECT_FALSE(ask());
  EXPECT_TRUE(ask());
  scope.cancel_all();
}

TEST_F(Queue, ShedsNobodyWhereThatIsOff) {
  under_test.add(1, 1);
  under_test.draft.settings.queue = {.size = 1024, .timeout = 15ms, .shed = 0ms};
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  serve_before(*under_test.pool);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(ask());
  EXPECT_EQ(pools[0]->counters().shed.value(), 0u);
  scope.cancel_all();
}

TEST_F(Queue, ShedsByTheTimeoutUnlessToldOtherwise) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.timeout = 15ms;
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  serve_before(*under_test.pool);
  EXPECT_FALSE(ask());
  EXPECT_TRUE(ask());
  EXPECT_EQ(pools[0]->counters().shed.value(), 1u);
  scope.cancel_all();
}

TEST_F(Queue, SaysWhenToComeAgain) {
  under_test.add(1, 1);
  start();
  for (int i = 0; i < 20; ++i) {
    EXPECT_GE(pools[0]->retry_after(), 1u);
    EXPECT_LE(pools[0]->retry_after(), 2u);
  }
  const Lease running = pools[0]->try_acquire(Wish());
  serve_before(*under_test.pool);
  under_test.pool->begin_waiting(1000, loop.now());
  std::uint32_t waiting = 1;
  while (waiting < 350) waiting += under_test.pool->begin_waiting(1000, loop.now()) ? 1 : 0;
  EXPECT_GE(pools[0]->retry_after(), 4u);
  EXPECT_LE(pools[0]->retry_after(), 9u) << "3.5 s, and up to as long again";
  while (waiting-- > 0) under_test.pool->end_waiting(false, loop.now());
  for (int i = 0; i < 20; ++i) EXPECT_LE(pools[0]->retry_after(), 2 * WorkerPool::kRetryAfterMax);
}

TEST_F(Queue, TimesOut) {
  under_test.add(1, 1);
  under_test.draft.settings.queue.timeout = 20ms;
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  const base::Time began = base::now();
  Outcome& late = ask();
  turn(60ms);
  ASSERT_TRUE(late && !*late);
  EXPECT_GE(base::now() - began, 20ms);
  EXPECT_EQ(late->error().kind, base::ErrorKind::kTimeout);
  EXPECT_EQ(late->error().message, "pool app: no backend came free in time");
  EXPECT_EQ(pools[0]->counters().queue_timeouts.value(), 1u);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
}

TEST_F(Queue, WaitsNoLongerThanTheDeadline) {
  under_test.add(1, 1);
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& late = ask(0, base::now() + 10ms);
  turn(40ms);
  ASSERT_TRUE(late && !*late);
  EXPECT_EQ(late->error().kind, base::ErrorKind::kTimeout);
}

TEST_F(Queue, ACancelledWaiterLeaves) {
  under_test.add(1, 1);
  start();
  Lease running = pools[0]->try_acquire(Wish());
  ask();
  scope.cancel_all();
  EXPECT_EQ(under_test.pool->waiting(), 0u);
  Outcome& next = ask();
  running.release();
  turn();
  EXPECT_TRUE(next && *next);
}

// Given a slot, but cancelled before it ran on: the slot goes to the next, not astray.
TEST_F(Queue, AWaiterCancelledWithItsSlotPassesItOn) {
  under_test.add(1, 1);
  start();
  Lease running = pools[0]->try_acquire(Wish());
  ask();
  net::TaskScope other_scope;
  Outcome& next = outcomes.emplace_back();
  other_scope.spawn(wait_for_lease(*pools[0], Wish(), base::kNever, next));
  running.release();
  EXPECT_EQ(under_test.backend(0).requests_in_flight, 1u) << "handed to the first at once";
  scope.cancel_all();
  turn();
  ASSERT_TRUE(next && *next);
  next.reset();
  EXPECT_EQ(under_test.backend(0).requests_in_flight, 0u);
}

TEST_F(Queue, NoHealthyBackendIsAnErrorAtOnce) {
  for (int i = 0; i < 3; ++i) under_test.add();
  start();
  for (std::size_t i = 0; i < 3; ++i) under_test.set_state(i, State::kDown);
  Outcome& refused = ask();
  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(refused->error().message, "pool app: no healthy backend (0 of 3 up)");
  EXPECT_EQ(pools[0]->counters().no_backend.value(), 1u);
  EXPECT_EQ(pools[0]->counters().queued.value(), 0u);
}

TEST_F(Queue, WaitersEndWhenTheLastBackendGoesDown) {
  under_test.add(1, 1);
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& first = ask();
  Outcome& second = ask();
  under_test.set_state(0, State::kDown);
  pools[0]->wake_first_waiting();
  turn();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->error().message, "pool app: no healthy backend (0 of 1 up)");
  EXPECT_EQ(second->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
}

TEST_F(Queue, ABackendThatComesUpServesAsManyAsItCan) {
  under_test.add(1, 1);
  under_test.add(1, 2);
  start();
  under_test.set_state(1, State::kDown);
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& first = ask();
  Outcome& second = ask();
  Outcome& third = ask();
  under_test.set_state(1, State::kUp);
  pools[0]->wake_first_waiting();
  turn();
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(third);
  scope.cancel_all();
}

TEST_F(Queue, ANewVersionServesWhoWaits) {
  under_test.add(1, 1);
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  Outcome& waiting = ask();
  under_test.draft.members[0].max_requests = 0;
  under_test.publish();
  pools[0]->wake_first_waiting();
  turn();
  EXPECT_TRUE(waiting && *waiting);
}

TEST_F(Queue, ASlotFreedElsewhereWakesTheWorkerThatWaits) {
  under_test.add(1, 1);
  start(3);
  Lease running = pools[0]->try_acquire(Wish());
  Outcome& waiting = ask(2);
  running.release();
  turn();
  EXPECT_TRUE(waiting && *waiting);
}

// Worker 1 was woken, but its waiter has gone: worker 2's must not be forgotten.
TEST_F(Queue, AWakeUpThatFindsNobodyIsPassedOn) {
  under_test.add(1, 1);
  start(3);
  Lease running = pools[0]->try_acquire(Wish());
  net::TaskScope leaving;
  Outcome& gone = outcomes.emplace_back();
  leaving.spawn(wait_for_lease(*pools[1], Wish(), base::kNever, gone));
  Outcome& staying = ask(2);
  running.release();
  leaving.cancel_all();
  turn();
  EXPECT_TRUE(staying && *staying);
  EXPECT_FALSE(gone);
}

// Worker 0 keeps its own queue full; what waits on worker 1 gets its turn all the same.
TEST_F(Queue, NoWorkerStarvesAnother) {
  under_test.add(1, 1);
  start(2);
  Lease running = pools[0]->try_acquire(Wish());
  Outcome& other = ask(1);
  std::deque<Outcome*> own;
  for (int i = 0; i < 5; ++i) own.push_back(&ask(0));
  running.release();
  int served = 0;
  for (; served < 200 && !other; ++served) {
    turn(0ms);
    if (own.front()->has_value()) {
      own.front()->reset();
      own.pop_front();
      own.push_back(&ask(0));
    }
  }
  EXPECT_TRUE(other && *other);
  scope.cancel_all();
}

TEST_F(Queue, ARequestThatTriedBeforeIsCountedOnce) {
  under_test.add(1, 1);
  start();
  const Lease running = pools[0]->try_acquire(Wish());
  EXPECT_FALSE(pools[0]->try_acquire(Wish()));
  ask();
  EXPECT_EQ(pools[0]->counters().requests.value(), 2u);
  scope.cancel_all();
}

TEST_F(Queue, AvoidHoldsForWaitersIfThereIsAnother) {
  Backend& tried = under_test.add(1, 1);
  under_test.add(1, 1);
  start();
  Lease a = pools[0]->try_acquire(Wish());
  Lease b = pools[0]->try_acquire(Wish());
  Outcome& retry = outcomes.emplace_back();
  scope.spawn(wait_for_lease(*pools[0], Wish{&tried}, base::kNever, retry));
  Lease& on_tried = &a.backend() == &tried ? a : b;
  on_tried.release();
  turn();
  ASSERT_TRUE(retry && *retry) << "it is taken when nothing else has room";
  EXPECT_EQ(&(**retry).backend(), &tried);
}

}  // namespace
}  // namespace headgate::proxy::balance
