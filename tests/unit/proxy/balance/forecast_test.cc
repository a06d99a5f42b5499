#include "proxy/balance/forecast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using choose::Place;

/// The member that the forecast gives the request to; kNoMember if it gives it to none, or not for sure.
std::uint32_t sure_one(const Forecast& forecast) {
  for (std::uint32_t i = 0; i < forecast.members.size(); ++i) {
    if (forecast.members[i].chance == 1) return i;
  }
  return choose::kNoMember;
}

class Forecasts : public testing::TestWithParam<config::Balance> {
 protected:
  /// A pool in any state, with leases out.
  void run_any(unsigned seed);

  net::Loop loop_;
};

void Forecasts::run_any(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&random](std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random);
  };
  PoolUnderTest pool;
  pool.draft.settings.balance = GetParam();
  pool.draft.settings.hash.max_load_percent = below(2) == 0 ? 0 : 100;
  const std::uint32_t count = 1 + below(6);
  for (std::uint32_t i = 0; i < count; ++i) pool.add(below(4), below(3) == 0 ? 1 + below(3) : 0, below(4) == 0);
  pool.publish();
  WorkerPool worker(loop_, pool.pool, 0, seed);
  std::vector<Lease> leases;
  for (int step = 0; step < 100; ++step) {
    if (below(8) == 0) pool.set_state(below(count), static_cast<health::State>(below(4)), 1 + below(100));
    if (!leases.empty() && below(2) == 0)
      leases.erase(leases.begin() + below(static_cast<std::uint32_t>(leases.size())));
    const Wish wish{.key =
                        GetParam() == config::Balance::kHash ? std::optional<std::uint64_t>(random()) : std::nullopt};
    const Forecast forecast = worker.forecast(wish);
    const Forecast again = worker.forecast(wish);
    ASSERT_EQ(forecast.members.size(), count);
    double sum = 0;
    bool has_room = false;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Forecast::Member& member = forecast.members[i];
      EXPECT_EQ(member.chance, again.members[i].chance) << "asking changed the answer";
      EXPECT_EQ(member.place == Place::kCandidate, member.weight > 0);
      sum += member.chance;
      has_room = has_room || (member.weight > 0 && !member.is_full);
    }
    EXPECT_NEAR(sum, has_room ? 1 : 0, 1e-9) << "seed " << seed << " step " << step;
    Lease lease = worker.try_acquire(wish);
    ASSERT_EQ(static_cast<bool>(lease), has_room) << "seed " << seed << " step " << step;
    if (!lease) continue;
    std::uint32_t taken = 0;
    while (&pool.backend(taken) != &lease.backend()) ++taken;
    EXPECT_GT(forecast.members[taken].chance, 0) << "seed " << seed << " step " << step;
    if (GetParam() != config::Balance::kRandomTwo) {
      EXPECT_EQ(sure_one(forecast), taken) << "seed " << seed << " step " << step;
    }
    leases.push_back(std::move(lease));
  }
}

TEST_P(Forecasts, WhatIsForetoldHappens) {
  const unsigned seed = std::random_device()();
  for (unsigned i = 0; i < 50; ++i) run_any(seed + i);
}

INSTANTIATE_TEST_SUITE_P(EachWay, Forecasts,
                         testing::Values(config::Balance::kRoundRobin, config::Balance::kLeastRequests,
                                         config::Balance::kRandomTwo, config::Balance::kHash));

TEST(Forecast, SaysWhyAMemberIsNotChosen) {
  net::Loop loop;
  PoolUnderTest pool;
  pool.add();
  pool.add(0);
  pool.add(1, 1);
  pool.add(1, 0, true);
  pool.add();
  pool.add();
  pool.publish();
  pool.set_state(4, health::State::kDraining);
  pool.set_state(5, health::State::kDown);
  WorkerPool worker(loop, pool.pool, 0, 1);
  pool.backend(2).requests_in_flight = 1;
  const Forecast forecast = worker.forecast(Wish());
  std::vector<Place> places;
  for (const Forecast::Member& member : forecast.members) places.push_back(member.place);
  EXPECT_EQ(places, (std::vector<Place>{Place::kCandidate, Place::kWeightZero, Place::kCandidate, Place::kHeldBack,
                                        Place::kDraining, Place::kUnfit}));
  EXPECT_TRUE(forecast.members[2].is_full);
  EXPECT_EQ(forecast.members[0].chance, 1);
  pool.backend(2).requests_in_flight = 0;
}

TEST(Forecast, BackupsThatServePassOverTheOthers) {
  net::Loop loop;
  PoolUnderTest pool;
  pool.add(0);
  pool.add();
  pool.add(1, 0, true);
  pool.publish();
  pool.set_state(1, health::State::kDown);
  WorkerPool worker(loop, pool.pool, 0, 1);
  const Forecast forecast = worker.forecast(Wish());
  EXPECT_TRUE(forecast.use_backups);
  EXPECT_EQ(forecast.members[1].place, Place::kUnfit);
  EXPECT_EQ(forecast.members[2].chance, 1);
}

}  // namespace
}  // namespace headgate::proxy::balance
