#include <gtest/gtest.h>

#include <set>

#include "proxy/balance/waiting_requests.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance {
namespace {

using namespace std::chrono_literals;
using health::State;

/// A pool that is sticky, of three backends with the identities 1, 2 and 3.
class StickyPool : public ::testing::Test {
 protected:
  StickyPool() {
    under_test_.draft.settings.sticky = config::StickyCookie{.name = "hg"};
    under_test_.draft.settings.queue = {.size = 10, .timeout = 10s, .shed = std::nullopt};
    for (int i = 0; i < 3; ++i) under_test_.add(1, i == 0 ? 1 : 0);
    for (std::uint64_t i = 0; i < 3; ++i) under_test_.draft.members[i].identity = i + 1;
    under_test_.publish();
    worker_ = std::make_unique<WorkerPool>(loop_, under_test_.pool, 0, 1);
  }
  std::string taken(std::uint64_t stay, const Backend* avoid = nullptr) {
    const Lease lease = worker_->try_acquire({.avoid = avoid, .stay = stay});
    return lease ? lease.backend().id() : "none";
  }
  void set(std::size_t member, State state) { under_test_.set_state(member, state); }

  net::Loop loop_;
  PoolUnderTest under_test_;
  std::unique_ptr<WorkerPool> worker_;
};

TEST_F(StickyPool, ASessionIsServedByItsBackend) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(taken(3), "b2");
  std::set<std::string> others;
  for (int i = 0; i < 6; ++i) others.insert(taken(0));
  EXPECT_EQ(others.size(), 3u) << "and takes nobody's turn";
  EXPECT_NE(taken(99), "none") << "of a backend that is gone: any";
}

TEST_F(StickyPool, ABackendThatDrainsKeepsItsSessionsAndGetsNoOthers) {
  set(2, State::kDraining);
  EXPECT_EQ(taken(3), "b2");
  for (int i = 0; i < 6; ++i) EXPECT_NE(taken(0), "b2");
  for (std::size_t i = 0; i < 3; ++i) set(i, State::kDraining);
  EXPECT_EQ(taken(3), "b2") << "also where nobody takes new ones";
  EXPECT_EQ(taken(0), "none");
}

TEST_F(StickyPool, ABackendThatIsDownOrWasTriedGivesThemUp) {
  for (const State state : {State::kDown, State::kEjected, State::kDisabled}) {
    set(2, state);
    EXPECT_NE(taken(3), "b2");
    EXPECT_NE(taken(3), "none");
  }
  set(2, State::kUp);
  EXPECT_NE(taken(3, &under_test_.backend(2)), "b2");
  under_test_.draft.settings.health.panic_below_percent = 100;
  under_test_.publish();
  set(2, State::kDown);
  EXPECT_EQ(taken(3), "b2") << "in panic health is not looked at";
}

TEST_F(StickyPool, AWeightOfNothingKeepsThem) {
  under_test_.draft.members[2].weight = 0;
  under_test_.publish();
  EXPECT_EQ(taken(3), "b2");
  for (int i = 0; i < 6; ++i) EXPECT_NE(taken(0), "b2");
}

net::Task<void> wait_for(WorkerPool& pool, std::uint64_t stay, net::Loop& loop, std::string& got) {
  const Wish wish{.stay = stay};
  base::Result<Lease> lease = co_await pool.acquire(wish, loop.now() + 5s);
  got = lease ? lease->backend().id() : lease.error().message;
}

net::Task<void> give_back(std::unique_ptr<Lease> lease, net::Loop& loop) {
  co_await net::sleep_until(loop, loop.now() + 20ms);
  lease.reset();
  co_await net::sleep_until(loop, loop.now() + 20ms);
}

TEST_F(StickyPool, WaitsForItsBackendAndKeepsNobodyFromOthers) {
  auto held = std::make_unique<Lease>(worker_->try_acquire({.stay = 1}));
  ASSERT_TRUE(*held);
  EXPECT_EQ(taken(1), "none") << "it has its max_requests";
  const Forecast forecast = worker_->forecast({.stay = 1});
  EXPECT_EQ(forecast.stay, Forecast::Stay::kHomeFull);
  EXPECT_EQ(forecast.home, 0u);
  net::TaskScope scope;
  std::string waited;
  scope.spawn(wait_for(*worker_, 1, loop_, waited));
  EXPECT_EQ(under_test_.pool->waiting(), 1u);
  EXPECT_EQ(taken(3), "b2");
  EXPECT_NE(taken(0), "none");
  run_to_end(loop_, give_back(std::move(held), loop_));
  EXPECT_EQ(waited, "b0");
}

TEST_F(StickyPool, WhoseBackendFallsOutWhileItWaitsGoesElsewhere) {
  auto held = std::make_unique<Lease>(worker_->try_acquire({.stay = 1}));
  net::TaskScope scope;
  std::string waited;
  scope.spawn(wait_for(*worker_, 1, loop_, waited));
  set(0, State::kDown);
  worker_->wake_first_waiting();
  run_to_end(loop_, give_back(std::move(held), loop_));
  EXPECT_TRUE(waited == "b1" || waited == "b2") << waited;
}

TEST_F(StickyPool, ForetellsWhereASessionGoes) {
  EXPECT_EQ(worker_->forecast({.stay = 2}).stay, Forecast::Stay::kHome);
  EXPECT_EQ(worker_->forecast({.stay = 2}).members[1].chance, 1);
  EXPECT_EQ(worker_->forecast({.stay = 99}).stay, Forecast::Stay::kGone);
  EXPECT_EQ(worker_->forecast({}).stay, Forecast::Stay::kNone);
  set(1, State::kDown);
  EXPECT_EQ(worker_->forecast({.stay = 2}).stay, Forecast::Stay::kUnfit);
  EXPECT_EQ(worker_->forecast({.stay = 2}).home, 1u);
}

TEST(Identity, IsOfPoolAndIdAndOutlivesAnAddress) {
  const base::Endpoint one = *base::Endpoint::parse("10.0.0.1:80");
  const base::Endpoint two = *base::Endpoint::parse("10.0.0.2:80");
  config::Backend fixed;
  fixed.id = "b";
  EXPECT_EQ(identity_of("app", fixed, one), identity_of("app", fixed, two));
  EXPECT_NE(identity_of("app", fixed, one), identity_of("api", fixed, one));
  config::Backend named;
  named.id = "b";
  named.where = config::BackendName{.host = "app.internal", .port = 80};
  EXPECT_NE(identity_of("app", named, one), identity_of("app", named, two)) << "each address is one backend";
}

TEST(Identity, IsFoundAmongMany) {
  std::vector<std::uint64_t> identities;
  for (std::uint64_t i = 1; i <= 10'000; ++i) identities.push_back(i * 0x9e3779b97f4a7c15);
  IdentityIndex index;
  EXPECT_EQ(index.find(1), choose::kNoMember);
  index.rebuild(identities);
  for (std::uint32_t i = 0; i < identities.size(); ++i) ASSERT_EQ(index.find(identities[i]), i);
  EXPECT_EQ(index.find(12345), choose::kNoMember);
  index.rebuild(std::vector<std::uint64_t>{0, 7, 7});
  EXPECT_EQ(index.find(7), 1u);
}

}  // namespace
}  // namespace headgate::proxy::balance
