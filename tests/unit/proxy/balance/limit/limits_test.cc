// What a pool may have at once, over all backends and workers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <optional>

#include "net/listener.h"
#include "net/waiting.h"
#include "proxy/balance/limit/adaptive_limit.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;
using Waited = std::optional<base::Result<Lease>>;
using Opened = std::optional<base::Result<std::unique_ptr<Connection>>>;

net::Task<void> wait_for_turn(WorkerPool& pool, Waited& outcome) {
  base::Result<Lease> lease = co_await pool.acquire(Wish(), base::kNever);
  outcome.emplace(std::move(lease));
}

net::Task<void> open_one(Lease& lease, base::Time deadline, Opened& out) {
  base::Result<std::unique_ptr<Connection>> connection = co_await lease.connect(deadline);
  out.emplace(std::move(connection));
}

TEST(BoundedCount, IsNeverBeyondItsBound) {
  limit::BoundedCount count;
  EXPECT_TRUE(count.take(2));
  EXPECT_TRUE(count.take(2));
  EXPECT_FALSE(count.take(2));
  EXPECT_TRUE(count.take(0)) << "0 is no bound";
  EXPECT_FALSE(count.take(3)) << "a bound that was lowered";
  EXPECT_EQ(count.value(), 3u);
  limit::Counted one = limit::Counted::take(count, 4);
  EXPECT_TRUE(one);
  EXPECT_FALSE(limit::Counted::take(count, 4));
  one = limit::Counted();
  EXPECT_EQ(count.value(), 3u);
}

TEST(RequestLimit, IsTheLowerOfWhatIsSaid) {
  config::Pool pool;
  EXPECT_EQ(request_limit_of(pool), 0u);
  pool.limits.connections = 5;
  EXPECT_EQ(request_limit_of(pool), 5u) << "a request has a connection";
  pool.limits.requests = 9;
  EXPECT_EQ(request_limit_of(pool), 5u);
  pool.limits.requests = 4;
  EXPECT_EQ(request_limit_of(pool), 4u);
  pool.protocol = config::BackendProtocol::kH2c;
  pool.limits.requests = 0;
  EXPECT_EQ(request_limit_of(pool), 0u) << "they share connections";
}

class Limits : public testing::Test {
 protected:
  void start(std::size_t workers = 1) {
    under_test.publish();
    for (std::size_t i = 0; i < workers; ++i)
      pools.push_back(std::make_unique<WorkerPool>(loop, under_test.pool, i, i));
  }
  Waited& ask(std::size_t worker = 0) {
    Waited& outcome = outcomes.emplace_back();
    scope.spawn(wait_for_turn(*pools[worker], outcome));
    return outcome;
  }
  void turn(base::Duration duration = 2ms) { run_to_end(loop, pause(loop, duration)); }
  std::uint32_t under_way() const { return under_test.pool->requests_under_way().value(); }

  net::Loop loop;
  PoolUnderTest under_test{2, [this](std::size_t worker, Pool&) {
                             loop.post([this, worker] {
                               if (worker < pools.size()) pools[worker]->wake_first_waiting();
                             });
                           }};
  std::vector<std::unique_ptr<WorkerPool>> pools;
  std::deque<Waited> outcomes;
  net::TaskScope scope;
};

TEST_F(Limits, RequestsBeyondThemWaitForWhicheverBackend) {
  under_test.add();
  under_test.add();
  under_test.draft.settings.limits.requests = 2;
  start(2);
  Lease first = pools[0]->try_acquire(Wish());
  Lease second = pools[1]->try_acquire(Wish());
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(pools[0]->try_acquire(Wish()));
  Waited& waiting = ask(0);
  Waited& elsewhere = ask(1);
  turn();
  EXPECT_FALSE(waiting || elsewhere);
  EXPECT_EQ(under_way(), 2u);
  second.release();
  turn();
  first.release();
  turn();
  ASSERT_TRUE(waiting && *waiting);
  ASSERT_TRUE(elsewhere && *elsewhere);
  EXPECT_EQ(under_way(), 2u);
  outcomes.clear();
  EXPECT_EQ(under_way(), 0u);
}

TEST_F(Limits, OneThatFindsNoBackendTakesNothing) {
  under_test.add(1, 1);
  under_test.draft.settings.limits.requests = 2;
  start();
  Lease first = pools[0]->try_acquire(Wish());
  EXPECT_FALSE(pools[0]->try_acquire(Wish())) << "the backend has its max_requests";
  EXPECT_EQ(under_way(), 1u);
  Waited& waiting = ask();
  first.release();
  turn();
  EXPECT_TRUE(waiting && *waiting);
  outcomes.clear();
}

TEST_F(Limits, CountWhatWasUnderWayWhenTheyCame) {
  under_test.add();
  start(2);
  Lease early = pools[0]->try_acquire(Wish());
  EXPECT_EQ(under_way(), 0u) << "without a limit nothing is counted";
  under_test.draft.settings.limits.requests = 1;
  under_test.publish();
  pools[0]->wake_first_waiting();
  EXPECT_EQ(under_way(), 1u);
  EXPECT_FALSE(pools[1]->try_acquire(Wish()));
  Waited& waiting = ask(1);
  under_test.draft.settings.limits.requests = 0;
  under_test.publish();
  for (const auto& pool : pools) pool->wake_first_waiting();
  turn();
  EXPECT_TRUE(waiting && *waiting) << "the limit is gone";
  EXPECT_EQ(under_way(), 0u);
  outcomes.clear();
  early.release();
  EXPECT_EQ(under_way(), 0u);
}

TEST_F(Limits, AreForeseen) {
  under_test.add();
  under_test.draft.settings.limits.requests = 1;
  start();
  EXPECT_EQ(pools[0]->forecast(Wish()).members[0].chance, 1);
  const Lease lease = pools[0]->try_acquire(Wish());
  const Forecast full = pools[0]->forecast(Wish());
  EXPECT_TRUE(full.load.is_full());
  EXPECT_EQ(full.members[0].chance, 0);
}

TEST_F(Limits, AnAdaptiveOneThatGrowsServesThoseWhoWait) {
  under_test.add();
  under_test.draft.settings.adaptive = config::Adaptive{};
  start(2);
  std::vector<Lease> leases;
  while (Lease lease = pools[0]->try_acquire(Wish())) leases.push_back(std::move(lease));
  EXPECT_EQ(leases.size(), limit::Gradient::kFirstLimit);
  Waited& here = ask(0);
  Waited& elsewhere = ask(1);
  turn();
  EXPECT_FALSE(here || elsewhere);
  const base::Time later = base::now() + limit::AdaptiveLimit::kWindow;
  for (std::uint32_t i = 0; i < limit::AdaptiveLimit::kAnswers; ++i) leases[0].note_latency(10ms, later);
  turn();
  EXPECT_TRUE(here && *here);
  EXPECT_TRUE(elsewhere && *elsewhere);
  EXPECT_EQ(under_test.pool->load(under_test.draft.settings, later).request_limit, 30u);
  outcomes.clear();
}

TEST_F(Limits, ASecondBackendIsAnotherOneAndHasRoom) {
  Backend& first = under_test.add();
  start();
  const Lease lease = pools[0]->try_acquire(Wish());
  EXPECT_FALSE(pools[0]->try_acquire_beside(first, Wish())) << "there is no other";
  Backend& second = under_test.add(1, 1);
  under_test.publish();
  Lease beside = pools[0]->try_acquire_beside(first, Wish());
  ASSERT_TRUE(beside);
  EXPECT_EQ(&beside.backend(), &second);
  EXPECT_FALSE(pools[0]->try_acquire_beside(first, Wish())) << "it has its max_requests";
  beside.release();
  under_test.draft.settings.limits.requests = 1;
  under_test.publish();
  EXPECT_FALSE(pools[0]->try_acquire_beside(first, Wish())) << "so has the pool";
  Waited& waiting = ask();
  under_test.draft.settings.limits.requests = 0;
  EXPECT_FALSE(pools[0]->try_acquire_beside(first, Wish())) << "nor before those who wait";
  EXPECT_FALSE(waiting);
  scope.cancel_all();
  EXPECT_EQ(pools[0]->counters().requests.value(), 2u) << "as asked for";
}

class ConnectionLimit : public Limits {
 protected:
  ConnectionLimit()
      : acceptor(
            loop, std::move(*net::ListeningSocket::open(base::Endpoint(base::IpAddress::v4(0x7f000001), 0))),
            [this](int fd, const base::Endpoint&) { accepted.push_back(fd); }, [](int) {}) {
    under_test.add(1, 0, false, acceptor.socket().endpoint());
    under_test.add(1, 0, false, acceptor.socket().endpoint());
  }
  ~ConnectionLimit() override {
    for (const int fd : accepted) ::close(fd);
  }
  Opened open(Lease& lease, base::Duration within = 2s) {
    Opened out;
    run_to_end(loop, open_one(lease, base::now() + within, out));
    return out;
  }
  Lease on(std::size_t worker, std::size_t backend) {
    return pools[worker]->try_acquire({.avoid = &under_test.backend(1 - backend)});
  }
  std::uint32_t open_now() const { return under_test.pool->connections().value(); }

  std::vector<int> accepted;
  net::Acceptor acceptor;
};

TEST_F(ConnectionLimit, AnIdleOneOfAnotherBackendMakesRoom) {
  under_test.draft.settings.limits.connections = 1;
  start();
  Lease first = on(0, 0);
  Opened connection = open(first);
  ASSERT_TRUE(*connection);
  EXPECT_EQ(open_now(), 1u);
  first.keep(std::move(**connection));
  first.release();
  Lease second = on(0, 1);
  Opened other = open(second);
  ASSERT_TRUE(*other);
  EXPECT_EQ(&(**other)->backend(), &under_test.backend(1));
  EXPECT_EQ(open_now(), 1u);
}

TEST_F(ConnectionLimit, AnIdleOneOfAnotherWorkerMakesRoom) {
  under_test.draft.settings.limits.connections = 1;
  start(2);
  Lease first = on(0, 0);
  Opened connection = open(first);
  ASSERT_TRUE(*connection);
  first.keep(std::move(**connection));
  first.release();
  Lease second = on(1, 0);
  Opened other = open(second);
  ASSERT_TRUE(*other);
  EXPECT_EQ(open_now(), 1u);
  EXPECT_FALSE(under_test.pool->connections().is_wanted());
}

TEST_F(ConnectionLimit, WhoFindsAllInUseIsToldInTime) {
  under_test.draft.settings.limits.connections = 1;
  under_test.draft.settings.protocol = config::BackendProtocol::kH2c;  // or no second request came so far
  start();
  Lease first = on(0, 0);
  Opened connection = open(first);
  ASSERT_TRUE(*connection);
  Lease second = on(0, 1);
  Opened refused = open(second, 20ms);
  ASSERT_FALSE(*refused);
  EXPECT_EQ(refused->error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(refused->error().message, "pool app: its 1 connections are open");
  EXPECT_EQ(pools[0]->counters().connections_refused.value(), 1u);
  EXPECT_FALSE(under_test.pool->connections().is_wanted());
  (**connection).reset();
  EXPECT_EQ(open_now(), 0u);
}

TEST_F(ConnectionLimit, OneThatIsClosedIsForWhoWaits) {
  under_test.draft.settings.limits.connections = 1;
  under_test.draft.settings.protocol = config::BackendProtocol::kH2c;
  start();
  Lease first = on(0, 0);
  Opened connection = open(first);
  ASSERT_TRUE(*connection);
  Lease second = on(0, 1);
  Opened waits;
  scope.spawn(open_one(second, base::now() + 5s, waits));
  turn();
  EXPECT_FALSE(waits);
  first.keep(std::move(**connection));  // closes it: it is wanted elsewhere
  turn(20ms);
  ASSERT_TRUE(waits && *waits);
  EXPECT_EQ(open_now(), 1u);
}

}  // namespace
}  // namespace headgate::proxy::balance
