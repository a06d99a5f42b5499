// What share of the requests each backend gets, over random pools and random traffic.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using config::Balance;

/// Requests that run for a while and end in any order, at most `running_max` at once.
class Traffic {
 public:
  Traffic(PoolUnderTest& under_test, std::size_t workers, std::uint64_t seed) : under_test_(under_test), random_(seed) {
    for (std::size_t i = 0; i < workers; ++i) {
      pools_.push_back(std::make_unique<WorkerPool>(loop_, under_test.pool, i, seed + i));
    }
  }

  void run(int steps, std::size_t running_max) {
    for (int step = 0; step < steps; ++step) {
      if (running_.size() < running_max && random_.below(100) < 60) {
        const std::uint32_t worker = random_.below(static_cast<std::uint32_t>(pools_.size()));
        Lease lease = pools_[worker]->try_acquire(Wish());
        if (lease) running_.push_back(std::move(lease));
      } else if (!running_.empty()) {
        std::swap(running_[random_.below(static_cast<std::uint32_t>(running_.size()))], running_.back());
        running_.pop_back();
      }
      check_bounds();
    }
  }

  double share(std::size_t index) const {
    double all = 0;
    for (const PoolVersion::Member& member : under_test_.draft.members) all += requests(*member.backend);
    return requests(*under_test_.draft.members[index].backend) / all;
  }

 private:
  void check_bounds() {
    for (const PoolVersion::Member& member : under_test_.draft.members) {
      if (member.max_requests == 0) continue;
      ASSERT_LE(member.backend->requests_in_flight.load(), member.max_requests);
    }
  }
  double requests(Backend& backend) const {
    double sum = 0;
    for (std::size_t worker = 0; worker < pools_.size(); ++worker) {
      sum += static_cast<double>(backend.counters(worker).requests.value());
    }
    return sum;
  }

  PoolUnderTest& under_test_;
  base::Random random_;
  net::Loop loop_;
  std::vector<std::unique_ptr<WorkerPool>> pools_;
  std::vector<Lease> running_;
};

TEST(Shares, RoundRobinFollowsTheWeightsToTheRequest) {
  PoolUnderTest under_test;
  for (const std::uint32_t weight : {5u, 1u, 1u}) under_test.add(weight);
  under_test.publish();
  net::Loop loop;
  WorkerPool pool(loop, under_test.pool, 0, 1);
  for (int i = 0; i < 700; ++i) EXPECT_TRUE(pool.try_acquire(Wish()));
  EXPECT_EQ(under_test.backend(0).counters(0).requests.value(), 500u);
  EXPECT_EQ(under_test.backend(1).counters(0).requests.value(), 100u);
  EXPECT_EQ(under_test.backend(2).counters(0).requests.value(), 100u);
}

TEST(Shares, SlowStartTakesItsPercent) {
  PoolUnderTest under_test(2);
  under_test.add();
  under_test.add();
  under_test.publish();
  under_test.set_state(1, health::State::kUp, 25);
  Traffic traffic(under_test, 2, 5);
  traffic.run(20'000, 20);
  EXPECT_NEAR(traffic.share(1), 0.2, 0.005);
}

TEST(Shares, EveryBalanceFollowsRandomWeights) {
  for (const Balance balance : {Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo}) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      base::Random random(seed);
      PoolUnderTest under_test(3);
      under_test.draft.settings.balance = balance;
      double total = 0;
      const std::uint32_t backends = 2 + random.below(8);
      for (std::uint32_t i = 0; i < backends; ++i) {
        under_test.add(1 + random.below(10));
        total += under_test.draft.members.back().weight;
      }
      under_test.publish();
      Traffic traffic(under_test, 3, seed);
      traffic.run(40'000, 400);
      // Round robin is exact; counting what runs, requests of equal length come close to the weights.
      const double tolerance = balance == Balance::kRoundRobin ? 0.005 : 0.03;
      for (std::uint32_t i = 0; i < backends; ++i) {
        const double wanted = under_test.draft.members[i].weight / total;
        EXPECT_NEAR(traffic.share(i), wanted, tolerance) << "balance " << int(balance) << " seed " << seed;
      }
    }
  }
}

/// A million choices of one worker with so many requests under way, of which one at random ends before each further
/// one: the largest difference of a share from its weight, as a part of it.
double largest_difference(Balance balance, std::size_t under_way, config::HashBalance::Method method = {}) {
  constexpr std::uint32_t kChoices = 1'000'000;
  PoolUnderTest under_test;
  under_test.draft.settings.balance = balance;
  under_test.draft.settings.hash.method = method;
  const std::vector<std::uint32_t> weights = {1, 2, 3, 4, 10};
  double sum = 0;
  for (const std::uint32_t weight : weights) {
    under_test.add(weight).latency.observe(std::chrono::milliseconds(1), base::now());
    sum += weight;
  }
  under_test.publish();
  net::Loop loop;
  WorkerPool pool(loop, under_test.pool, 0, 1);
  base::Random random(1);
  std::vector<Lease> running;
  for (std::uint32_t choice = 0; choice < kChoices; ++choice) {
    if (running.size() == under_way) {
      std::swap(running[random.below(static_cast<std::uint32_t>(running.size()))], running.back());
      running.pop_back();
    }
    running.push_back(pool.try_acquire(Wish{nullptr, choose::mixed(choice)}));
  }
  double most = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double share = static_cast<double>(under_test.backend(i).counters(0).requests.value()) / kChoices;
    most = std::max(most, std::abs(share * sum / weights[i] - 1));
  }
  return most;
}

/// Those that look at what is under way follow the weights where there is something: here, of requests of like length,
/// 400.
TEST(Shares, AMillionChoicesAreWithinTwoPercentOfTheWeights) {
  using Method = config::HashBalance::Method;
  EXPECT_LE(largest_difference(Balance::kRoundRobin, 1), 1e-5);
  EXPECT_LE(largest_difference(Balance::kLeastRequests, 400), 0.02);
  EXPECT_LE(largest_difference(Balance::kRandomTwo, 2000), 0.02);
  EXPECT_LE(largest_difference(Balance::kPeakEwma, 2000), 0.02);
  EXPECT_LE(largest_difference(Balance::kHash, 1, Method::kMaglev), 0.02);
  // Its points lie by chance: the lightest has 1,000 of them here, and so 3 standard deviations of 3%.
  EXPECT_LE(largest_difference(Balance::kHash, 1, Method::kRing), 0.1);
}

TEST(Shares, MaxRequestsIsNeverExceeded) {
  for (const Balance balance : {Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      base::Random random(seed);
      PoolUnderTest under_test(4);
      under_test.draft.settings.balance = balance;
      const std::uint32_t backends = 1 + random.below(40);
      for (std::uint32_t i = 0; i < backends; ++i) under_test.add(random.below(5), random.below(6));
      under_test.publish();
      Traffic traffic(under_test, 4, seed);
      for (int phase = 0; phase < 20; ++phase) {
        traffic.run(200, 1000);
        under_test.set_state(random.below(backends), static_cast<health::State>(random.below(4)),
                             1 + random.below(100));
      }
    }
  }
}

}  // namespace
}  // namespace headgate::proxy::balance
