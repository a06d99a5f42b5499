#include "proxy/snapshot.h"

#include <gmock/gmock.h>

#include "tests/unit/proxy/configured.h"

namespace headgate::proxy {
namespace {

using testing::HasSubstr;

std::string site(std::string_view more = "", std::string_view limit = "rate: 10/s, burst: 5") {
  return "workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\npools: { app: { backends: [127.0.0.1:1] } }\n"
         "routes:\n  - name: site\n    pool: app\n    rate_limit: { " +
         std::string(limit) + " }\n" + std::string(more);
}

class Snapshots : public testing::Test {
 protected:
  std::shared_ptr<const Snapshot> compile(const std::string& yaml) {
    const base::Result<std::shared_ptr<const Snapshot>> compiled = compile_snapshot(configured(yaml), identities_);
    if (!compiled) {
      error_ = compiled.error().message;
      return nullptr;
    }
    return *compiled;
  }
  Identities identities_{2, 1, [](std::size_t, balance::Pool&) {}, {}};
  std::string error_;
};

TEST_F(Snapshots, SlotsFollowTheFile) {
  const auto snapshot = compile(
      "workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 }, api: { bind: 127.0.0.1:0 } }\n"
      "pools: { b: { backends: [127.0.0.1:1] }, a: { backends: [127.0.0.1:2] } }\nroutes: [{ pool: a }, { pool: b "
      "}]\n");
  ASSERT_NE(snapshot, nullptr) << error_;
  ASSERT_EQ(snapshot->pools.size(), 2u);
  EXPECT_EQ(snapshot->pools[0]->name(), "b");
  EXPECT_EQ(snapshot->listeners[1].settings->name, "api");
  EXPECT_EQ(snapshot->site->routes.size(), 2u);
}

TEST_F(Snapshots, WhatHasANameCarriesOver) {
  const auto first = compile(site());
  const auto second = compile(site("  - name: more\n    respond: {}\n"));
  ASSERT_NE(second, nullptr) << error_;
  EXPECT_EQ(first->pools[0], second->pools[0]);
  EXPECT_EQ(first->listeners[0].share, second->listeners[0].share);
  EXPECT_EQ(first->site->routes[0].counters, second->site->routes[0].counters);
  EXPECT_EQ(first->site->routes[0].limiter, second->site->routes[0].limiter);
}

TEST_F(Snapshots, OtherLimitsBeginAnew) {
  const auto first = compile(site());
  const auto second = compile(site("", "rate: 10/s, burst: 6"));
  EXPECT_NE(first->site->routes[0].limiter, second->site->routes[0].limiter);
  EXPECT_EQ(first->site->routes[0].counters, second->site->routes[0].counters);
}

TEST_F(Snapshots, AConfigurationThatIsNotTakenEmptiesNoLimits) {
  const auto running = compile(site());
  {
    const auto refused = compile(site("", "rate: 1/s, burst: 1"));
  }
  EXPECT_EQ(compile(site())->site->routes[0].limiter, running->site->routes[0].limiter);
}

TEST_F(Snapshots, WhatNobodyHoldsIsForgotten) {
  auto snapshot = compile(site());
  const std::weak_ptr<balance::Pool> pool = snapshot->pools[0];
  const std::weak_ptr<route::RateLimiter> limiter = snapshot->site->routes[0].limiter;
  identities_.forget_unused();
  EXPECT_FALSE(pool.expired());
  snapshot.reset();
  EXPECT_FALSE(pool.expired());
  identities_.forget_unused();
  EXPECT_TRUE(pool.expired());
  EXPECT_TRUE(limiter.expired());
}

TEST_F(Snapshots, AnErrorNamesTheRoute) {
  // The folder was there when the file was read, and is not when it is opened.
  auto config = std::make_shared<config::Config>(*configured(site()));
  config->routes[0].origin = config::StaticOrigin{.root = "/nonexistent/headgate", .index = "index.html"};
  const auto compiled = compile_snapshot(config, identities_);
  ASSERT_FALSE(compiled);
  EXPECT_THAT(compiled.error().message, HasSubstr("route site: "));
  EXPECT_THAT(compiled.error().message, HasSubstr("/nonexistent/headgate"));
}

}  // namespace
}  // namespace headgate::proxy
