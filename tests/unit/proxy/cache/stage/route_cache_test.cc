#include "proxy/cache/stage/route_cache.h"

#include <gtest/gtest.h>

namespace headgate::proxy::cache::stage {
namespace {

/// The defaults stand where they are documented, in the configuration, and where rules are tested without one.
TEST(RouteCache, WhatAFileLeavesOutIsWhatTheRulesHaveByThemselves) {
  const rules::Policy made = policy_of(config::RouteCache{});
  const rules::Policy own;
  EXPECT_EQ(made.ttl, own.ttl);
  EXPECT_EQ(made.overrides_origin, own.overrides_origin);
  EXPECT_EQ(made.stale_while_revalidate, own.stale_while_revalidate);
  EXPECT_EQ(made.stale_if_error, own.stale_if_error);
  EXPECT_EQ(made.stale_if_unreachable, own.stale_if_unreachable);
  EXPECT_EQ(made.negative.size(), own.negative.size());
  EXPECT_EQ(made.max_ttl, own.max_ttl);
  EXPECT_EQ(made.uses_heuristics, own.uses_heuristics);
  EXPECT_EQ(made.control_fields, own.control_fields);
  EXPECT_EQ(made.obeys_client, own.obeys_client);
  EXPECT_EQ(made.ignores_cookies, own.ignores_cookies);
  EXPECT_EQ(made.stores_set_cookie, own.stores_set_cookie);
  EXPECT_EQ(made.unkeyed, own.unkeyed);
  EXPECT_EQ(made.keyed, own.keyed);
}

}  // namespace
}  // namespace headgate::proxy::cache::stage
