#include "proxy/balance/worker_pool.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using config::Balance;
using health::State;

const Backend* backend_of(const Lease& lease) {
  return lease ? &lease.backend() : nullptr;
}

class EachBalance : public testing::TestWithParam<Balance> {
 protected:
  EachBalance() { under_test.draft.settings.balance = GetParam(); }
  PoolUnderTest under_test;
  net::Loop loop;
};

INSTANTIATE_TEST_SUITE_P(Balances, EachBalance,
                         testing::Values(Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo,
                                         Balance::kPeakEwma));

TEST_P(EachBalance, NothingPublishedYetGivesNothing) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  EXPECT_FALSE(pool.try_acquire(Wish()));
  EXPECT_EQ(pool.settings().name, "app");
  under_test.add();
  under_test.publish();
  EXPECT_TRUE(pool.try_acquire(Wish()));
}

TEST_P(EachBalance, CountsRequestsAndGivesThemBack) {
  Backend& only = under_test.add();
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  {
    Lease first = pool.try_acquire(Wish());
    Lease second = pool.try_acquire(Wish());
    EXPECT_EQ(only.requests_in_flight, 2u);
    Lease moved = std::move(first);
    EXPECT_FALSE(first);
    EXPECT_EQ(only.requests_in_flight, 2u);
    second = std::move(moved);
    EXPECT_EQ(only.requests_in_flight, 1u);
    second.release();
    second.release();
    EXPECT_EQ(only.requests_in_flight, 0u);
  }
  EXPECT_EQ(only.requests_in_flight, 0u);
  EXPECT_EQ(only.counters(0).requests.value(), 2u);
  EXPECT_EQ(pool.counters().requests.value(), 2u);
}

TEST_P(EachBalance, AvoidsWhatWasTriedIfThereIsAnother) {
  Backend& tried = under_test.add(256);
  Backend& other = under_test.add(1);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(backend_of(pool.try_acquire(Wish{&tried})), &other);
  EXPECT_EQ(pool.counters().requests.value(), 0u) << "a retry is no new request";
  under_test.set_state(1, State::kDown);
  EXPECT_EQ(backend_of(pool.try_acquire(Wish{&tried})), &tried);
}

TEST_P(EachBalance, AvoidedIsTakenWhenTheOthersAreFull) {
  Backend& tried = under_test.add();
  under_test.add(1, 1);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const Lease other = pool.try_acquire(Wish{&tried});
  EXPECT_NE(backend_of(other), &tried);
  EXPECT_EQ(backend_of(pool.try_acquire(Wish{&tried})), &tried);
}

TEST_P(EachBalance, MaxRequestsIsTheEdge) {
  for (int i = 0; i < 3; ++i) under_test.add(1, 2);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  for (int i = 0; i < 6; ++i) {
    leases.push_back(pool.try_acquire(Wish()));
    ASSERT_TRUE(leases.back()) << i;
  }
  EXPECT_FALSE(pool.try_acquire(Wish()));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(under_test.backend(i).requests_in_flight, 2u);
  leases.erase(leases.begin() + 3);
  EXPECT_TRUE(pool.try_acquire(Wish()));
}

TEST_P(EachBalance, MaxRequestsHoldsOverAllWorkers) {
  PoolUnderTest two_workers(2);
  two_workers.draft.settings.balance = GetParam();
  Backend& only = two_workers.add(1, 3);
  two_workers.publish();
  WorkerPool one(loop, two_workers.pool, 0, 1);
  WorkerPool other(loop, two_workers.pool, 1, 2);
  const Lease a = one.try_acquire(Wish());
  const Lease b = other.try_acquire(Wish());
  const Lease c = one.try_acquire(Wish());
  EXPECT_TRUE(a && b && c);
  EXPECT_FALSE(one.try_acquire(Wish()));
  EXPECT_FALSE(other.try_acquire(Wish()));
  EXPECT_EQ(only.requests_in_flight, 3u);
}

// With more backends full than are probed in order, the one that has room is found all the same.
TEST_P(EachBalance, FindsTheOneThatHasRoom) {
  for (int i = 0; i < 200; ++i) under_test.add(1, 1);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  std::set<const Backend*> used;
  for (int i = 0; i < 200; ++i) {
    leases.push_back(pool.try_acquire(Wish()));
    used.insert(backend_of(leases.back()));
  }
  EXPECT_EQ(used.size(), 200u);
  EXPECT_FALSE(used.contains(nullptr));
  const Backend* const freed = backend_of(leases[137]);
  leases[137].release();
  EXPECT_EQ(backend_of(pool.try_acquire(Wish())), freed);
}

TEST_P(EachBalance, FollowsHealth) {
  under_test.add();
  Backend& steady = under_test.add();
  under_test.add(1, 0, true);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const auto used = [&] {
    std::set<const Backend*> backends;
    for (int i = 0; i < 64; ++i) backends.insert(backend_of(pool.try_acquire(Wish())));
    return backends;
  };
  const Backend* const flapping = &under_test.backend(0);
  const Backend* const backup = &under_test.backend(2);
  EXPECT_EQ(used(), (std::set<const Backend*>{flapping, &steady}));
  under_test.set_state(0, State::kDown);
  EXPECT_EQ(used(), (std::set<const Backend*>{&steady}));
  under_test.set_state(1, State::kDraining);
  EXPECT_EQ(used(), (std::set<const Backend*>{backup}));
  under_test.set_state(2, State::kEjected);
  EXPECT_EQ(used(), (std::set<const Backend*>{nullptr}));
  under_test.set_state(0, State::kUp);
  EXPECT_EQ(used(), (std::set<const Backend*>{flapping}));
}

TEST_P(EachBalance, PanicUsesTheUnhealthyButNotWhatAnOperatorTookOut) {
  for (int i = 0; i < 4; ++i) under_test.add();
  under_test.draft.settings.health.panic_below_percent = 60;  // one of three is up, then one of two
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  under_test.set_state(0, State::kDraining);
  under_test.set_state(1, State::kDown);
  under_test.set_state(2, State::kEjected);
  std::set<const Backend*> used;
  for (int i = 0; i < 64; ++i) used.insert(backend_of(pool.try_acquire(Wish())));
  EXPECT_EQ(used, (std::set<const Backend*>{&under_test.backend(1), &under_test.backend(2), &under_test.backend(3)}));
  under_test.set_state(1, State::kDisabled);
  used.clear();
  for (int i = 0; i < 64; ++i) used.insert(backend_of(pool.try_acquire(Wish())));
  EXPECT_EQ(used, (std::set<const Backend*>{&under_test.backend(2), &under_test.backend(3)}));
}

// What another worker has on a backend counts as much as what this one has.
TEST(LeastRequestsOfAllWorkers, WhoIsBusyForAnotherIsPassedOver) {
  PoolUnderTest under_test(2);
  under_test.draft.settings.balance = Balance::kLeastRequests;
  for (int i = 0; i < 20; ++i) under_test.add();
  under_test.publish();
  net::Loop loop;
  WorkerPool one(loop, under_test.pool, 0, 1);
  WorkerPool two(loop, under_test.pool, 1, 2);
  std::vector<Lease> leases;
  for (int i = 0; i < 15; ++i) leases.push_back(one.try_acquire(Wish()));
  std::set<const Backend*> free;
  for (int i = 0; i < 20; ++i) {
    if (under_test.backend(static_cast<std::size_t>(i)).requests_in_flight == 0) free.insert(&under_test.backend(i));
  }
  ASSERT_EQ(free.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    leases.push_back(two.try_acquire(Wish()));
    EXPECT_EQ(free.erase(backend_of(leases.back())), 1u) << i;
  }
  leases.clear();
}

TEST(LeastRequestsOfAllWorkers, WhatEndsThereIsSeenWithinARound) {
  PoolUnderTest under_test(2);
  under_test.draft.settings.balance = Balance::kLeastRequests;
  for (int i = 0; i < 30; ++i) under_test.add();
  under_test.publish();
  net::Loop loop;
  WorkerPool one(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  for (int i = 0; i < 60; ++i) leases.push_back(one.try_acquire(Wish()));
  WorkerPool two(loop, under_test.pool, 1, 2);  // knows of two on each
  const Backend* const freed = backend_of(leases[7]);
  std::erase_if(leases, [freed](const Lease& lease) { return backend_of(lease) == freed; });
  int choices = 1;
  for (; choices <= 30 / choose::LeastRequests::kLooks + 1; ++choices) {
    leases.push_back(two.try_acquire(Wish()));
    if (backend_of(leases.back()) == freed) break;
  }
  EXPECT_LE(choices, 30 / choose::LeastRequests::kLooks + 1);
  leases.clear();
}

TEST(PeakEwmaOfAPool, TakesTheQuicker) {
  PoolUnderTest under_test;
  under_test.draft.settings.balance = Balance::kPeakEwma;
  Backend& slow = under_test.add();
  Backend& quick = under_test.add();
  under_test.publish();
  net::Loop loop;
  WorkerPool pool(loop, under_test.pool, 0, 1);
  EXPECT_TRUE(pool.try_acquire(Wish()).wanted_feedback().latency);
  slow.latency.observe(std::chrono::milliseconds(100), loop.now());
  quick.latency.observe(std::chrono::milliseconds(10), loop.now());
  std::vector<Lease> leases;
  for (int i = 0; i < 9; ++i) leases.push_back(pool.try_acquire(Wish()));
  EXPECT_EQ(quick.requests_in_flight, 9u) << "nine times 10 ms are less than 100 ms";
  for (int i = 0; i < 12; ++i) leases.push_back(pool.try_acquire(Wish()));
  EXPECT_GE(slow.requests_in_flight, 1u);
  const Forecast forecast = pool.forecast(Wish());
  EXPECT_NEAR(forecast.members[0].latency_ns, 100e6, 1e6);
  EXPECT_DOUBLE_EQ(forecast.members[0].chance + forecast.members[1].chance, 1);
  leases.clear();
}

}  // namespace
}  // namespace headgate::proxy::balance
