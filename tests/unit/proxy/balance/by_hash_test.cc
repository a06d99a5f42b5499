// A pool that chooses by hash: who gets a key, who stands in, and when it comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "proxy/balance/hash/client_key.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using health::State;
using Method = config::HashBalance::Method;

/// Any key, the same in each run.
std::uint64_t key_of(std::uint64_t number) {
  return choose::mixed(number);
}

class ByHash : public testing::TestWithParam<Method> {
 protected:
  ByHash() : ByHash(1) {}
  explicit ByHash(std::size_t workers) : pool(workers) {
    pool.draft.settings.balance = config::Balance::kHash;
    pool.draft.settings.hash.method = GetParam();
  }
  void start(int backends) {
    for (int i = 0; i < backends; ++i) pool.add();
    pool.publish();
    worker = std::make_unique<WorkerPool>(loop, pool.pool, 0, 1);
  }
  const Backend* taken_by(WorkerPool& by, std::uint64_t key, const Backend* avoid = nullptr) {
    const Lease lease = by.try_acquire(Wish{avoid, key});
    return lease ? &lease.backend() : nullptr;
  }
  std::vector<const Backend*> places(std::uint64_t keys = 300) {
    std::vector<const Backend*> out;
    for (std::uint64_t key = 0; key < keys; ++key) out.push_back(taken_by(*worker, key_of(key)));
    return out;
  }

  net::Loop loop;
  PoolUnderTest pool;
  std::unique_ptr<WorkerPool> worker;
};

class ByHashOnWorkers : public ByHash {
 protected:
  ByHashOnWorkers() : ByHash(3) {}
};

TEST_P(ByHashOnWorkers, EveryWorkerTakesTheSame) {
  start(7);
  WorkerPool second(loop, pool.pool, 1, 2);
  WorkerPool third(loop, pool.pool, 2, 3);
  std::set<const Backend*> seen;
  for (std::uint64_t key = 0; key < 300; ++key) {
    const Backend* const backend = taken_by(*worker, key_of(key));
    EXPECT_EQ(taken_by(second, key_of(key)), backend);
    EXPECT_EQ(taken_by(third, key_of(key)), backend);
    seen.insert(backend);
  }
  EXPECT_EQ(seen.size(), 7U);
}

TEST_P(ByHash, AVersionThatChangesNothingMovesNobody) {
  start(5);
  const std::vector<const Backend*> before = places();
  pool.publish();
  EXPECT_EQ(places(), before);
  std::ranges::reverse(pool.draft.members);
  pool.publish();
  EXPECT_EQ(places(), before) << "nor does another order";
}

TEST_P(ByHash, KeysOfOneThatIsAwayAreSpreadAndComeBack) {
  start(5);
  const std::vector<const Backend*> before = places();
  for (const State away : {State::kDown, State::kEjected, State::kDraining, State::kDisabled}) {
    pool.set_state(2, away);
    const std::vector<const Backend*> meanwhile = places();
    std::set<const Backend*> stand_ins;
    for (std::size_t key = 0; key < before.size(); ++key) {
      if (before[key] != &pool.backend(2)) {
        EXPECT_EQ(meanwhile[key], before[key]);
      } else {
        stand_ins.insert(meanwhile[key]);
      }
    }
    EXPECT_EQ(stand_ins.size(), 4U);
    EXPECT_FALSE(stand_ins.contains(&pool.backend(2)));
    pool.set_state(2, State::kUp);
    EXPECT_EQ(places(), before);
  }
}

TEST_P(ByHash, InSlowStartItTakesThatPartOfItsKeysAlwaysTheSame) {
  start(3);
  const std::vector<const Backend*> before = places(3000);
  const auto kept_at = [&](std::uint32_t percent) {
    pool.set_state(0, State::kUp, percent);
    const std::vector<const Backend*> now = places(3000);
    EXPECT_EQ(places(3000), now);
    std::set<std::size_t> kept;
    for (std::size_t key = 0; key < now.size(); ++key) {
      if (before[key] != &pool.backend(0)) {
        EXPECT_EQ(now[key], before[key]);
      } else if (now[key] == before[key]) {
        kept.insert(key);
      }
    }
    return kept;
  };
  const double own = static_cast<double>(std::ranges::count(before, &pool.backend(0)));
  const std::set<std::size_t> fifth = kept_at(20);
  const std::set<std::size_t> half = kept_at(50);
  EXPECT_NEAR(static_cast<double>(fifth.size()) / own, 0.2, 0.06);
  EXPECT_NEAR(static_cast<double>(half.size()) / own, 0.5, 0.06);
  EXPECT_TRUE(std::ranges::includes(half, fifth)) << "what it has it keeps";
  EXPECT_EQ(kept_at(100).size(), own);
}

/// As load_feedback does, when requests have made all of them busy.
TEST_P(ByHash, WhereAllHaveAsMuchLeftNobodyMoves) {
  start(5);
  const std::vector<const Backend*> before = places(2000);
  for (const std::uint32_t percent : {80u, 27u, 10u}) {
    for (std::size_t i = 0; i < 5; ++i) pool.set_state(i, State::kUp, percent);
    EXPECT_EQ(places(2000), before) << percent;
  }
  // One is twice as busy as the others: half of its keys go, and none of theirs.
  pool.set_state(3, State::kUp, 5);
  const std::vector<const Backend*> after = places(2000);
  double own = 0;
  double left = 0;
  std::map<const Backend*, int> taken_over;
  for (std::size_t key = 0; key < before.size(); ++key) {
    if (before[key] != &pool.backend(3)) {
      EXPECT_EQ(after[key], before[key]);
      continue;
    }
    ++own;
    if (after[key] == before[key]) continue;
    ++left;
    ++taken_over[after[key]];
  }
  EXPECT_NEAR(left / own, 0.5, 0.08);
  EXPECT_EQ(taken_over.size(), 4u) << "by all others";
}

/// Loads that wander as they do, over 200 reports: a key moves only to or from one whose part has changed.
TEST_P(ByHash, AChangeOfLoadMovesKeysOfThatBackendAlone) {
  for (std::uint64_t id = 0; id < 6; ++id) {
    pool.add();
    pool.draft.members.back().identity = choose::mixed(id + 1);
  }
  pool.publish();
  worker = std::make_unique<WorkerPool>(loop, pool.pool, 0, 1);
  base::Random random(5);
  // One is idle, so that the others' parts are of the same whole.
  std::vector<const Backend*> before = places(1000);
  for (int report = 0; report < 200; ++report) {
    const std::size_t changed = 1 + random.below(5);
    pool.set_state(changed, State::kUp, 10 + random.below(91));
    const std::vector<const Backend*> after = places(1000);
    for (std::size_t key = 0; key < after.size(); ++key) {
      if (after[key] == before[key]) continue;
      const Backend* const which = &pool.backend(changed);
      EXPECT_TRUE(after[key] == which || before[key] == which) << "key " << key << " report " << report;
    }
    before = after;
  }
}

TEST_P(ByHash, ARetryGoesToTheNextInTheOrder) {
  start(4);
  for (std::uint64_t key = 0; key < 50; ++key) {
    const Backend* const named = taken_by(*worker, key_of(key));
    const Backend* const next = taken_by(*worker, key_of(key), named);
    EXPECT_NE(next, named);
    EXPECT_EQ(taken_by(*worker, key_of(key), named), next);
  }
}

TEST_P(ByHash, OneThatIsFullIsPassedOver) {
  pool.add(1, 1);
  start(2);
  std::uint64_t key = 0;
  while (taken_by(*worker, key_of(key)) != &pool.backend(0)) ++key;
  const Lease running = worker->try_acquire(Wish{nullptr, key_of(key)});
  EXPECT_EQ(&running.backend(), &pool.backend(0));
  const Backend* const next = taken_by(*worker, key_of(key));
  EXPECT_NE(next, &pool.backend(0));
  EXPECT_EQ(taken_by(*worker, key_of(key)), next);
}

TEST_P(ByHash, BackupsHaveATableOfTheirOwn) {
  pool.add();
  pool.add(1, 0, true);
  pool.add(1, 0, true);
  start(1);
  const std::vector<const Backend*> before = places();
  EXPECT_EQ(std::ranges::count(before, &pool.backend(1)) + std::ranges::count(before, &pool.backend(2)), 0);
  pool.set_state(0, State::kDown);
  pool.set_state(3, State::kDown);
  const std::vector<const Backend*> on_backups = places();
  EXPECT_GT(std::ranges::count(on_backups, &pool.backend(1)), 100);
  EXPECT_GT(std::ranges::count(on_backups, &pool.backend(2)), 100);
  EXPECT_EQ(places(), on_backups);
  pool.set_state(0, State::kUp);
  pool.set_state(3, State::kUp);
  EXPECT_EQ(places(), before);
}

/// Half of the first level is down: it carries 70% of the keys, always the same ones, and none of them moves.
TEST_P(ByHash, AsALevelFailsAPartOfTheKeysSpills) {
  for (int i = 0; i < 4; ++i) pool.add();
  pool.draft.members[2].priority = pool.draft.members[3].priority = 1;
  start(0);
  const auto is_second = [&](const Backend* each) { return each == &pool.backend(2) || each == &pool.backend(3); };
  const std::vector<const Backend*> before = places(3000);
  EXPECT_EQ(std::ranges::count_if(before, is_second), 0);
  pool.set_state(0, State::kDown);
  const std::vector<const Backend*> spilled = places(3000);
  EXPECT_EQ(places(3000), spilled);
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(spilled, is_second)), 900, 120);
  pool.set_state(1, State::kDown);
  const std::vector<const Backend*> second = places(3000);
  EXPECT_EQ(std::ranges::count_if(second, is_second), 3000);
  for (std::size_t key = 0; key < second.size(); ++key) {
    if (is_second(spilled[key])) EXPECT_EQ(second[key], spilled[key]);
  }
  pool.set_state(0, State::kUp);
  pool.set_state(1, State::kUp);
  EXPECT_EQ(places(3000), before);
}

TEST_P(ByHash, WithoutAKeyItGoesByWeight) {
  pool.add(3);
  start(1);
  std::map<const Backend*, double> taken;
  for (int i = 0; i < 4000; ++i) {
    const Lease lease = worker->try_acquire(Wish());
    ++taken[&lease.backend()];
  }
  EXPECT_NEAR(taken[&pool.backend(0)] / 4000, 0.75, 0.05);
  EXPECT_EQ(worker->counters().hash_keyless.value(), 4000U);
}

TEST_P(ByHash, AnEmptyPoolHasNobody) {
  start(0);
  EXPECT_FALSE(worker->try_acquire(Wish{nullptr, key_of(1)}));
  pool.add(0);
  pool.publish();
  EXPECT_FALSE(worker->try_acquire(Wish{nullptr, key_of(1)}));
}

TEST_P(ByHash, WhatIsCountedSaysHowManyGotWhomTheirKeyNames) {
  start(3);
  pool.set_state(1, State::kDown);
  const std::vector<const Backend*> now = places();
  const PoolCounters& counters = worker->counters();
  EXPECT_EQ(counters.hash_named.value() + counters.hash_next.value(), 300U);
  EXPECT_NEAR(static_cast<double>(counters.hash_next.value()), 100, 40);
}

/// One key alone: its backend has its part of what runs, to the request, and the others get the rest in one order.
TEST_P(ByHash, AtMaxLoadAKeySpillsToTheNext) {
  pool.draft.settings.hash.max_load_percent = 125;
  start(4);
  std::vector<Lease> leases;
  std::map<const Backend*, std::uint32_t> running;
  for (std::uint32_t i = 0; i < 100; ++i) {
    leases.push_back(worker->try_acquire(Wish{nullptr, key_of(5)}));
    ASSERT_TRUE(leases.back());
    const std::uint32_t now = ++running[&leases.back().backend()];
    // Its share of all i + 1 requests, times 1.25, rounded up.
    EXPECT_LE(now, ((i + 1) * 125 + 399) / 400) << i;
  }
  std::vector<std::uint32_t> counts;
  for (const auto& [backend, count] : running) counts.push_back(count);
  std::ranges::sort(counts, std::greater<>());
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{32, 31, 31, 6}));
  leases.clear();
  EXPECT_EQ(running[taken_by(*worker, key_of(5))], 32U) << "and it comes back";
}

TEST_P(ByHash, TheBoundOfMaxLoadIsAskedAtItsEdge) {
  pool.draft.settings.hash.max_load_percent = 100;
  start(2);
  const Backend* const named = taken_by(*worker, key_of(9));
  const Lease first = worker->try_acquire(Wish{nullptr, key_of(9)});
  EXPECT_EQ(&first.backend(), named) << "half of one request, rounded up, is one";
  const Lease second = worker->try_acquire(Wish{nullptr, key_of(9)});
  EXPECT_NE(&second.backend(), named) << "half of two is one";
  EXPECT_EQ(taken_by(*worker, key_of(9)), named) << "half of three, rounded up, is two";
}

TEST_P(ByHashOnWorkers, WhatOtherWorkersHaveCountsForMaxLoad) {
  pool.draft.settings.hash.max_load_percent = 100;
  start(2);
  WorkerPool second(loop, pool.pool, 1, 2);
  const Lease first = second.try_acquire(Wish{nullptr, key_of(9)});
  EXPECT_NE(taken_by(*worker, key_of(9)), &first.backend());
}

INSTANTIATE_TEST_SUITE_P(EachMethod, ByHash, testing::Values(Method::kMaglev, Method::kRing));
INSTANTIATE_TEST_SUITE_P(EachMethod, ByHashOnWorkers, testing::Values(Method::kMaglev, Method::kRing));

/// What instances and later versions have to agree with.
TEST(ClientKey, IsTheSameForEver) {
  config::Pool pool;
  pool.balance = config::Balance::kHash;
  EXPECT_EQ(hash::client_key_of(pool, base::IpAddress::v4(0xcb007109)), 16753051775292345163U);
  const auto key = [&pool](std::string_view text) { return hash::client_key_of(pool, *base::IpAddress::parse(text)); };
  EXPECT_EQ(key("2001:db8:0:1::5"), 12216235575391895377U);
  EXPECT_EQ(key("2001:db8:0:1:ffff::6"), key("2001:db8:0:1::5")) << "of one /64";
  EXPECT_NE(key("2001:db8:0:2::5"), key("2001:db8:0:1::5"));
  EXPECT_NE(key("203.0.113.8"), key("203.0.113.9"));
  pool.hash.key.by = config::request::Key::By::kPath;
  EXPECT_FALSE(hash::client_key_of(pool, base::IpAddress::v4(0xcb007109)));
  pool.balance = config::Balance::kRoundRobin;
  EXPECT_FALSE(hash::client_key_of(pool, base::IpAddress::v4(0xcb007109)));
}

}  // namespace
}  // namespace headgate::proxy::balance
