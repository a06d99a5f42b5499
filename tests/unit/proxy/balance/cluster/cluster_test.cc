// What each way of choosing makes of a cluster with a slow, a flapping and a dead backend.
#include "tests/unit/proxy/balance/cluster/cluster.h"

#include <gtest/gtest.h>

#include <map>

namespace headgate::proxy::balance::cluster {
namespace {

constexpr std::uint64_t kSeeds[] = {1, 2};

std::map<std::string, Outcome> all_ways(std::uint64_t seed) {
  std::map<std::string, Outcome> out;
  for (const Way& way : ways()) out.emplace(way.name, play(way, seed));
  return out;
}

TEST(Cluster, EachWayKeepsItsPromises) {
  // One in nine, since the dead one is out for most of the time.
  constexpr double kEven = 1.0 / 9;
  for (const std::uint64_t seed : kSeeds) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::map<std::string, Outcome> all = all_ways(seed);
    for (const auto& [name, outcome] : all) {
      SCOPED_TRACE(name);
      EXPECT_GT(outcome.requests, 40'000u);
      EXPECT_EQ(outcome.requests, outcome.failed + outcome.latencies_ms.size());
      EXPECT_EQ(outcome.to_known_dead, 0u) << "nobody is sent there after `fall`";
      EXPECT_LT(outcome.share(kDead), 1.3 * (kDeath + std::chrono::seconds(4)) / kLength / 10);
      EXPECT_LT(static_cast<double>(outcome.failed), 0.002 * static_cast<double>(outcome.requests))
          << "one retry elsewhere makes good for nearly all";
    }
    const auto slow_share = [&](const std::string& name) { return all.at(name).share(kSlow); };
    const auto p99 = [&](const std::string& name) { return all.at(name).latency_ms(0.99); };
    EXPECT_GT(slow_share("round_robin"), 0.95 * kEven) << "it does not look";
    for (const char* looking : {"random_two", "least_requests", "peak_ewma"}) {
      EXPECT_LT(slow_share(looking), 0.9 * kEven) << looking;
      EXPECT_LT(p99(looking), 0.7 * p99("round_robin")) << looking;
    }
    EXPECT_LT(slow_share("peak_ewma"), slow_share("random_two"));
    EXPECT_LT(slow_share("hash, maglev, max_load 125%"), slow_share("hash, maglev"));
    EXPECT_LT(p99("hash, maglev, max_load 125%"), p99("hash, maglev"));
  }
}

TEST(Cluster, TheSameSeedPlaysTheSame) {
  for (const Way& way : {ways().front(), ways()[3]}) {
    const Outcome one = play(way, 3);
    const Outcome other = play(way, 3);
    EXPECT_EQ(one.attempts, other.attempts) << way.name;
    EXPECT_EQ(one.failed, other.failed);
  }
}

}  // namespace
}  // namespace headgate::proxy::balance::cluster
