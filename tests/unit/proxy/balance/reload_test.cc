// What carries over from one version of a pool to the next, and what does not.
#include <gtest/gtest.h>

#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using config::Balance;

class Reload : public testing::TestWithParam<Balance> {
 protected:
  Reload() {
    under_test.draft.settings.balance = GetParam();
    for (int i = 0; i < 3; ++i) under_test.add();
    under_test.publish();
  }
  void remove(std::ptrdiff_t index) {
    under_test.draft.members.erase(under_test.draft.members.begin() + index);
    under_test.publish();
  }
  PoolUnderTest under_test;
  net::Loop loop;
};

INSTANTIATE_TEST_SUITE_P(Balances, Reload,
                         testing::Values(Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo,
                                         Balance::kPeakEwma));

TEST_P(Reload, LeasesOfARemovedBackendEndInPeace) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const std::weak_ptr<Backend> removed = under_test.draft.members[0].backend;
  std::vector<Lease> leases;
  for (int i = 0; i < 60; ++i) leases.push_back(pool.try_acquire(Wish()));
  ASSERT_GT(removed.lock()->requests_in_flight, 1u);
  remove(0);
  for (int i = 0; i < 60; ++i) EXPECT_NE(&pool.try_acquire(Wish()).backend(), removed.lock().get());
  EXPECT_FALSE(removed.expired());
  leases.clear();
  EXPECT_TRUE(removed.expired());
  EXPECT_EQ(under_test.backend(0).requests_in_flight, 0u);
  EXPECT_EQ(under_test.backend(1).requests_in_flight, 0u);
}

TEST_P(Reload, ABackendThatComesBackKeepsItsCount) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const PoolVersion first = under_test.draft;
  std::vector<Lease> leases;
  for (int i = 0; i < 30; ++i) leases.push_back(pool.try_acquire(Wish()));
  remove(2);
  pool.settings();
  under_test.draft = first;
  std::swap(under_test.draft.members[0], under_test.draft.members[2]);
  under_test.publish();
  pool.settings();
  std::uint32_t running = 0;
  for (const PoolVersion::Member& member : first.members) running += member.backend->requests_in_flight;
  EXPECT_EQ(running, 30u);
  leases.clear();
  for (const PoolVersion::Member& member : first.members) EXPECT_EQ(member.backend->requests_in_flight, 0u);
  EXPECT_TRUE(pool.try_acquire(Wish()));
}

TEST_P(Reload, SeveralRemovedBackendsMayEndInAnyOrder) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  for (int i = 0; i < 30; ++i) leases.push_back(pool.try_acquire(Wish()));
  under_test.draft.members.clear();
  under_test.publish();
  EXPECT_FALSE(pool.try_acquire(Wish()));
  for (std::size_t i = 0; i < leases.size(); i += 2) leases[i].release();
  leases.clear();
}

TEST_P(Reload, LimitsOfTheNewVersionHold) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  for (int i = 0; i < 12; ++i) leases.push_back(pool.try_acquire(Wish()));
  for (PoolVersion::Member& member : under_test.draft.members) member.max_requests = 2;
  under_test.publish();
  EXPECT_FALSE(pool.try_acquire(Wish()));
  leases.clear();
  for (int i = 0; i < 6; ++i) leases.push_back(pool.try_acquire(Wish()));
  EXPECT_TRUE(leases.back());
  EXPECT_FALSE(pool.try_acquire(Wish()));
}

TEST_P(Reload, TheBalanceMayChange) {
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const Lease before = pool.try_acquire(Wish());
  for (const Balance balance : {Balance::kRandomTwo, Balance::kLeastRequests, Balance::kRoundRobin}) {
    under_test.draft.settings.balance = balance;
    under_test.publish();
    EXPECT_EQ(pool.settings().balance, balance);
    EXPECT_TRUE(pool.try_acquire(Wish()));
  }
}

TEST_P(Reload, OneBackendTwiceInAVersionIsHarmless) {
  under_test.draft.members.push_back(under_test.draft.members[0]);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::vector<Lease> leases;
  for (int i = 0; i < 40; ++i) leases.push_back(pool.try_acquire(Wish()));
  remove(1);
  remove(0);
  pool.settings();
  leases.clear();
  EXPECT_TRUE(pool.try_acquire(Wish()));
}

}  // namespace
}  // namespace headgate::proxy::balance
