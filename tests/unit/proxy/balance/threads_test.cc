// Several workers, each a thread with its own loop, on one pool whose backends take few requests: nobody who waits is
// forgotten, and no backend gets more than it takes.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "base/random.h"
#include "net/waiting.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;

/// What all threads count.
struct Tally {
  std::atomic<int> served{0};
  std::atomic<int> timed_out{0};
  std::atomic<int> refused{0};
  std::atomic<int> exceeded{0};
};

struct WorkerThread {
  WorkerThread(std::shared_ptr<Pool> shared, std::size_t index)
      : pool(loop, std::move(shared), index, 17 * index + 1), random(index) {}

  net::Loop loop;
  WorkerPool pool;
  base::Random random;
  int clients_left = 0;
};

struct Traffic {
  int requests_per_client = 0;
  bool hold_over_turns = false;  ///< keep the lease while the loop turns
  std::uint32_t max_requests = 0;
};

net::Task<void> client(WorkerThread& worker, Traffic traffic, Tally& tally) {
  for (int i = 0; i < traffic.requests_per_client; ++i) {
    base::Result<Lease> lease = co_await worker.pool.acquire(Wish(), base::kNever);
    if (!lease) {
      ++(lease.error().kind == base::ErrorKind::kTimeout ? tally.timed_out : tally.refused);
      continue;
    }
    ++tally.served;
    if (lease->backend().requests_in_flight.load() > traffic.max_requests) ++tally.exceeded;
    if (traffic.hold_over_turns && worker.random.below(4) == 0) {
      const base::Time until = base::now() + std::chrono::microseconds(worker.random.below(300));
      co_await net::sleep_until(worker.loop, until);
    } else {
      net::Gate turn(worker.loop);
      turn.open();
      co_await turn.wait(base::kNever);
    }
  }
  if (--worker.clients_left == 0) worker.loop.stop();
}

/// Begins each round together with the other worker, so that now and then one gives back while the other joins the
/// queue. Nobody else ever gives back anything then: a wake-up that is lost once is not made up for by a later one.
net::Task<void> client_in_rounds(WorkerThread& worker, int rounds, std::atomic<int>& arrived, Tally& tally) {
  for (int round = 1; round <= rounds; ++round) {
    ++arrived;
    for (int spins = 1; arrived.load() < 2 * round; ++spins) {
      if (spins % 1'000 == 0) std::this_thread::yield();  // the other may want this processor
    }
    base::Result<Lease> lease = co_await worker.pool.acquire(Wish(), base::kNever);
    ++(lease ? tally.served : tally.timed_out);
    // Held for about as long as the other needs to find the slot taken and join the queue.
    const base::Time until = base::now() + std::chrono::nanoseconds(worker.random.below(2000));
    while (base::now() < until) continue;
  }
  worker.loop.stop();
}

class Threads : public testing::Test {
 protected:
  static constexpr std::size_t kWorkers = 4;

  void build(std::uint32_t backends, std::uint32_t max_requests, std::uint32_t queue_size,
             base::Duration queue_timeout = 60s) {
    traffic.max_requests = max_requests;
    for (std::uint32_t i = 0; i < backends; ++i) under_test.add(1, max_requests);
    under_test.draft.settings.queue = {queue_size, queue_timeout, std::nullopt};
    under_test.publish();
    for (std::size_t i = 0; i < kWorkers; ++i) workers.push_back(std::make_unique<WorkerThread>(under_test.pool, i));
  }

  void run(int clients_per_worker, const std::function<void()>& meanwhile = [] {}) {
    std::vector<std::thread> threads;
    for (const std::unique_ptr<WorkerThread>& worker : workers) {
      threads.emplace_back([this, clients_per_worker, &worker = *worker] {
        worker.clients_left = clients_per_worker;
        net::TaskScope scope;
        for (int i = 0; i < clients_per_worker; ++i) scope.spawn(client(worker, traffic, tally));
        worker.loop.run();
      });
    }
    meanwhile();
    for (std::thread& thread : threads) thread.join();
  }

  void wake_all() {
    for (const std::unique_ptr<WorkerThread>& worker : workers) {
      worker->loop.post([&pool = worker->pool] { pool.wake_first_waiting(); });
    }
  }

  std::vector<std::unique_ptr<WorkerThread>> workers;
  PoolUnderTest under_test{kWorkers, [this](std::size_t index, Pool&) {
                             WorkerThread& worker = *workers[index];
                             worker.loop.post([&worker] { worker.pool.wake_first_waiting(); });
                           }};
  Traffic traffic;
  Tally tally;
};

TEST_F(Threads, EveryWaiterIsServedThroughOneSlot) {
  build(1, 1, 1000);
  traffic.requests_per_client = 100;
  run(8);
  EXPECT_EQ(tally.served, 8 * 100 * int(kWorkers));
  EXPECT_EQ(tally.timed_out, 0);
  EXPECT_EQ(tally.exceeded, 0);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
  EXPECT_EQ(under_test.backend(0).requests_in_flight, 0u);
}

TEST_F(Threads, NoWakeUpIsLostBetweenGivingBackAndJoining) {
  build(1, 1, 1000, 5s);
  constexpr int kRounds = 10'000;
  std::atomic<int> arrived{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([this, &arrived, &worker = *workers[i]] {
      net::TaskScope scope;
      scope.spawn(client_in_rounds(worker, kRounds, arrived, tally));
      worker.loop.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tally.served, 2 * kRounds);
}

TEST_F(Threads, EveryWaiterIsServedThroughFewSlots) {
  build(3, 2, 1000);
  traffic.requests_per_client = 100;
  traffic.hold_over_turns = true;
  run(16);
  EXPECT_EQ(tally.served, 16 * 100 * int(kWorkers));
  EXPECT_EQ(tally.exceeded, 0);
}

TEST_F(Threads, AFullQueueRefusesAndForgetsNobody) {
  build(2, 1, 6);
  traffic.requests_per_client = 300;
  traffic.hold_over_turns = true;
  run(8);
  EXPECT_EQ(tally.served + tally.refused, 8 * 300 * int(kWorkers));
  EXPECT_GT(tally.refused, 0);
  EXPECT_EQ(tally.exceeded, 0);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
}

// The control thread changes health and publishes versions all the while.
TEST_F(Threads, ReloadsAndHealthForgetNobody) {
  build(4, 2, 1000);
  traffic.requests_per_client = 200;
  traffic.hold_over_turns = true;
  const std::function<void()> reload = [this] {
    base::Random random(99);
    for (int i = 0; i < 100; ++i) {
      const std::size_t index = random.below(3);  // the last one stays as it is, so there is always a healthy one
      under_test.set_state(index, random.below(2) == 0 ? health::State::kUp : health::State::kDown);
      if (i % 5 == 0) {
        std::swap(under_test.draft.members[0], under_test.draft.members[1]);
        under_test.publish();
      }
      wake_all();
      std::this_thread::sleep_for(500us);
    }
  };
  run(8, reload);
  EXPECT_EQ(tally.served, 8 * 200 * int(kWorkers));
  EXPECT_EQ(tally.exceeded, 0);
  EXPECT_EQ(under_test.pool->waiting(), 0u);
}

}  // namespace
}  // namespace headgate::proxy::balance
