#include <gtest/gtest.h>

#include <map>

#include "proxy/balance/region/views.h"
#include "proxy/balance/worker_pool.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

// Clients of several regions at one pool: whom each gets, and where they go as those fail.
namespace headgate::proxy::balance {
namespace {

using config::Balance;
using health::State;

/// Frankfurt, Virginia and Singapore; from eu the next are us and ap, from ap they are eu and us.
const geoip::Regions& regions() {
  static const geoip::Regions all({{"eu", {}, {}, geoip::Point{50.11, 8.68}},
                                   {"us", {}, {}, geoip::Point{39.04, -77.49}},
                                   {"ap", {}, {}, geoip::Point{1.35, 103.82}},
                                   {"nowhere", {}, {}, std::nullopt}},
                                  {}, "");
  return all;
}

/// Waits for a backend and says which it was.
net::Task<void> take_and_tell(WorkerPool& from, Wish wish, std::string name, std::string& out) {
  const base::Time deadline = base::now() + std::chrono::seconds(10);
  const base::Result<Lease> lease = co_await from.acquire(wish, deadline);
  out += name + (lease ? " got " + lease->backend().id() : " got none") + "; ";
}

class RegionalPool : public testing::TestWithParam<Balance> {
 protected:
  RegionalPool() {
    under_test.draft.settings.balance = GetParam();
    for (const char* region : {"eu", "eu", "us", "ap", ""}) {
      under_test.add();
      under_test.draft.members.back().region = region;
    }
  }
  void publish(std::string_view home = "us") {
    region::add_views(under_test.draft, {&regions()}, home, true);
    under_test.publish();
  }
  /// Which backends take `count` requests of clients of a region, one after the other.
  std::map<std::string, int> shares(WorkerPool& pool, std::string_view region, int count = 400) {
    std::map<std::string, int> out;
    for (int i = 0; i < count; ++i) {
      const auto key = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15;
      const Lease lease = pool.try_acquire(Wish{.key = key, .region = region::key_of(region)});
      ++out[lease ? lease.backend().id() : "none"];
    }
    return out;
  }
  PoolUnderTest under_test;
  net::Loop loop;
};

INSTANTIATE_TEST_SUITE_P(Balances, RegionalPool,
                         testing::Values(Balance::kRoundRobin, Balance::kLeastRequests, Balance::kRandomTwo,
                                         Balance::kPeakEwma, Balance::kHash));

TEST_P(RegionalPool, GivesEachClientItsOwnRegion) {
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  EXPECT_TRUE(pool.prefers_regions());
  std::map<std::string, int> of_eu = shares(pool, "eu");
  EXPECT_EQ(of_eu.size(), 2u);
  EXPECT_NEAR(of_eu["b0"], 200, 60);
  EXPECT_NEAR(of_eu["b1"], 200, 60);
  EXPECT_EQ(shares(pool, "us"), (std::map<std::string, int>{{"b2", 400}}));
  EXPECT_EQ(shares(pool, "ap"), (std::map<std::string, int>{{"b3", 400}}));
  EXPECT_EQ(shares(pool, ""), (std::map<std::string, int>{{"b2", 400}})) << "who has none gets the instance's";
  EXPECT_EQ(shares(pool, "moon"), (std::map<std::string, int>{{"b2", 400}}));
}

TEST_P(RegionalPool, SpillsToTheNextNearestAsHealthFalls) {
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  under_test.set_state(0, State::kDown);  // half of eu: 1.4 times that, 70%
  std::map<std::string, int> half = shares(pool, "eu", 2000);
  EXPECT_NEAR(half["b1"], 1400, 100);
  EXPECT_NEAR(half["b2"], 600, 100) << "us is nearer than ap";
  EXPECT_EQ(half.size(), 2u);
  under_test.set_state(1, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b2", 400}}));
  under_test.set_state(2, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b3", 400}}));
  under_test.set_state(3, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b4", 400}})) << "who states no region comes last";
  under_test.set_state(4, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"none", 400}}));
  under_test.set_state(1, State::kUp);
  EXPECT_EQ(shares(pool, "ap"), (std::map<std::string, int>{{"b1", 400}}));
}

TEST_P(RegionalPool, RegionsWithoutAPlaceAreOneLevel) {
  publish("nowhere");
  WorkerPool pool(loop, under_test.pool, 0, 1);
  std::map<std::string, int> all = shares(pool, "nowhere", 2000);
  EXPECT_EQ(all.size(), 5u);
  for (const auto& [id, count] : all) EXPECT_NEAR(count, 400, 130) << id;
}

TEST_P(RegionalPool, ARetryGoesToAnother) {
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const Wish again{.avoid = &under_test.backend(2), .key = 7, .region = region::key_of("us")};
  for (int i = 0; i < 100; ++i) {
    const Lease lease = pool.try_acquire(again);
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease.backend().id(), "b0") << "no other serves its region: the next nearest does";
  }
  const Wish elsewhere{.avoid = &under_test.backend(0), .key = 7, .region = region::key_of("eu")};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pool.try_acquire(elsewhere).backend().id(), "b1");
}

TEST_P(RegionalPool, AFullRegionMakesItsOwnWait) {
  under_test.draft.members[2].max_requests = 1;
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  const Wish of_us{.key = 7, .region = region::key_of("us")};
  const Wish of_ap{.key = 7, .region = region::key_of("ap")};
  Lease first = pool.try_acquire(of_us);
  ASSERT_TRUE(first);
  EXPECT_FALSE(pool.try_acquire(of_us)) << "nobody else is needed, so nobody else is taken";
  std::string order;
  net::TaskScope scope;
  scope.spawn(take_and_tell(pool, of_us, "us", order));
  scope.spawn(take_and_tell(pool, of_ap, "ap", order));
  EXPECT_EQ(order, "ap got b3; ") << "who waits for another region keeps nobody";
  first.release();
  run_to_end(loop, pause(loop, std::chrono::milliseconds(1)));
  EXPECT_EQ(order, "ap got b3; us got b2; ");
}

TEST_P(RegionalPool, AForecastSaysWhomTheRegionGets) {
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  under_test.set_state(0, State::kDown);
  const Forecast forecast = pool.forecast(Wish{.region = region::key_of("eu")});
  ASSERT_EQ(forecast.levels.size(), 4u);
  EXPECT_EQ(forecast.levels[0].share, 700u);
  EXPECT_EQ(forecast.levels[1].share, 300u);
  EXPECT_EQ(forecast.members[0].place, choose::Place::kUnfit);
  EXPECT_NEAR(forecast.members[1].chance, 0.7, 0.01);
  EXPECT_NEAR(forecast.members[2].chance, 0.3, 0.01);
  EXPECT_EQ(forecast.members[3].place, choose::Place::kNotNeeded);
  EXPECT_EQ(forecast.members[3].chance, 0);
}

TEST_P(RegionalPool, AForecastNamesWhoIsTakenThen) {
  publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  under_test.set_state(0, State::kDown);
  for (std::uint64_t i = 1; i < 100; ++i) {
    const Wish wish{.key = i * 0x9e3779b97f4a7c15, .region = region::key_of("eu")};
    const Forecast forecast = pool.forecast(wish);
    const Lease lease = pool.try_acquire(wish);
    double sum = 0;
    for (std::size_t member = 0; member < forecast.members.size(); ++member) {
      const Forecast::Member& row = forecast.members[member];
      sum += row.chance;
      if (&lease.backend() != &under_test.backend(member)) continue;
      EXPECT_DOUBLE_EQ(row.chance, 1) << "its key says which part it falls to, and that has one";
      if (GetParam() == Balance::kRoundRobin) EXPECT_EQ(row.picks_before, 0u);
      if (GetParam() == Balance::kHash) EXPECT_EQ(row.key_order, 0u);
    }
    EXPECT_DOUBLE_EQ(sum, 1);
  }
}

TEST_P(RegionalPool, WhoStandsInARegionThatIsOutComesLast) {
  const region::State states[] = {region::State::kDrained, region::State::kUp, region::State::kDown};
  region::add_views(under_test.draft, {&regions(), 4, states}, "us", true);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b2", 400}}));
  EXPECT_EQ(shares(pool, "ap"), (std::map<std::string, int>{{"b2", 400}}));
  under_test.set_state(2, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b4", 400}})) << "who states no region is not out";
  under_test.set_state(4, State::kDown);
  EXPECT_EQ(shares(pool, "ap").count("b3"), 0u) << "drained before down";
  under_test.set_state(0, State::kDown);
  under_test.set_state(1, State::kDown);
  EXPECT_EQ(shares(pool, "eu"), (std::map<std::string, int>{{"b3", 400}}));
}

TEST(Regions, InTheOrderOfTheConfigurationWithoutAPlace) {
  const geoip::Regions all({{"a", {}, {}, {}}, {"b", {}, {}, {}}, {"c", {}, {}, {}}, {"named", {}, {}, {}}}, {}, "");
  const std::vector<bool> used(4, true);
  const region::Ranks ranks = region::ranks_from({&all, 3}, 1, used);
  EXPECT_EQ(ranks.of_regions, (std::vector<std::uint16_t>{1, 0, 2, 3}));
  EXPECT_EQ(ranks.of_none, 3) << "with those that are only named";
  EXPECT_EQ(region::ranks_from({&all, 3}, geoip::kNoRegion, used).of_regions, (std::vector<std::uint16_t>{0, 0, 0, 0}));
}

TEST(Regions, WithoutThemAPoolAsksForNone) {
  PoolUnderTest under_test;
  net::Loop loop;
  under_test.add();
  region::add_views(under_test.draft, {&regions()}, "us", true);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  pool.settings();
  EXPECT_FALSE(pool.prefers_regions()) << "no backend states one";
  under_test.draft.members[0].region = "eu";
  region::add_views(under_test.draft, {&regions()}, "us", false);
  under_test.publish();
  pool.settings();
  EXPECT_FALSE(pool.prefers_regions()) << "no client has one";
  region::add_views(under_test.draft, {}, "us", true);
  under_test.publish();
  pool.settings();
  EXPECT_FALSE(pool.prefers_regions());
}

TEST(Regions, AKeyStaysTheSameInItsRegion) {
  PoolUnderTest under_test;
  net::Loop loop;
  under_test.draft.settings.balance = Balance::kHash;
  for (int i = 0; i < 12; ++i) {
    under_test.add();
    under_test.draft.members.back().region = i % 2 == 0 ? "eu" : "us";
  }
  region::add_views(under_test.draft, {&regions()}, "ap", true);
  under_test.publish();
  WorkerPool pool(loop, under_test.pool, 0, 1);
  WorkerPool other(loop, under_test.pool, 0, 99);
  for (std::uint64_t key = 1; key < 200; ++key) {
    const Wish wish{.key = key * 0x9e3779b97f4a7c15, .region = region::key_of("eu")};
    const std::string id = pool.try_acquire(wish).backend().id();
    EXPECT_EQ(pool.try_acquire(wish).backend().id(), id);
    EXPECT_EQ(other.try_acquire(wish).backend().id(), id);
    EXPECT_EQ(std::stoi(id.substr(1)) % 2, 0) << id;
  }
}

}  // namespace
}  // namespace headgate::proxy::balance
