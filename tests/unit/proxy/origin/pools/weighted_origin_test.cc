#include "proxy/origin/pools/weighted_origin.h"

#include <gtest/gtest.h>

#include <map>

namespace headgate::proxy::origin::pools {
namespace {

using Weights = std::vector<std::pair<std::string, std::uint32_t>>;

std::string pool_for(const WeightedOrigin& origin, std::uint32_t client) {
  base::Arena arena;
  message::Request request;
  request.client = base::IpAddress::v4(client);
  return origin.outlook(request, arena).pool;
}

WeightedOrigin origin_of(const Weights& weights) {
  std::vector<WeightedOrigin::Share> shares;
  for (const auto& [name, weight] : weights) {
    shares.push_back({std::make_unique<PoolOrigin>(name, shares.size()), name, shares.size(), weight});
  }
  return WeightedOrigin(std::move(shares));
}

TEST(WeightedOrigin, clients_spread_as_the_weights_say) {
  constexpr int kClients = 200'000;
  const WeightedOrigin origin = origin_of({{"app", 95}, {"never", 0}, {"canary", 5}});
  std::map<std::string, int> count;
  for (int client = 0; client < kClients; ++client) ++count[pool_for(origin, client)];
  EXPECT_EQ(count.count("never"), 0U);
  EXPECT_NEAR(count["app"], kClients * 95 / 100, kClients / 200);
  EXPECT_NEAR(count["canary"], kClients * 5 / 100, kClients / 200);
}

TEST(WeightedOrigin, a_million_clients_are_within_two_percent_of_the_weights) {
  constexpr int kClients = 1'000'000;
  const WeightedOrigin origin = origin_of({{"app", 95}, {"canary", 5}});
  int canary = 0;
  // Neighbours in few networks, as clients are.
  for (int client = 0; client < kClients; ++client)
    canary += pool_for(origin, 0x0a000000u + client) == "canary" ? 1 : 0;
  EXPECT_NEAR(canary, kClients * 5 / 100, 0.02 * kClients * 5 / 100);
}

TEST(WeightedOrigin, a_canary_that_grows_keeps_its_clients) {
  const WeightedOrigin before = origin_of({{"app", 95}, {"canary", 5}});
  const WeightedOrigin after = origin_of({{"app", 80}, {"canary", 20}});
  int stayed = 0;
  for (int client = 0; client < 20'000; ++client) {
    if (pool_for(before, client) != "canary") continue;
    EXPECT_EQ(pool_for(after, client), "canary");
    ++stayed;
  }
  EXPECT_GT(stayed, 0);
}

TEST(WeightedOrigin, of_an_ipv6_address_the_subscriber_counts) {
  const WeightedOrigin origin = origin_of({{"a", 1}, {"b", 1}});
  base::Arena arena;
  message::Request request;
  request.client = *base::IpAddress::parse("2001:db8:1:2::1");
  const std::string first = origin.outlook(request, arena).pool;
  for (const char* other : {"2001:db8:1:2::2", "2001:db8:1:2:ffff::1"}) {
    request.client = *base::IpAddress::parse(other);
    EXPECT_EQ(origin.outlook(request, arena).pool, first);
  }
}

}  // namespace
}  // namespace headgate::proxy::origin::pools
