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
                         testing::Values(Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo));

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

}  // namespace
}  // namespace headgate::proxy::balance
