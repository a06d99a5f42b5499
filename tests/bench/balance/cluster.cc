// The table of docs/benchmarks.md of what each way of choosing makes of a slow, a flapping and a dead backend.
//
//     cluster_table [SEED]
#include <cstdio>
#include <cstdlib>

#include "tests/unit/proxy/balance/cluster/cluster.h"

int main(int argc, char** argv) {
  using namespace headgate::proxy::balance::cluster;
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  std::printf(
      "| way | to a healthy one | to the slow one | to the flapping one | to the dead one | failed | p50 | p99 |\n");
  std::printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Way& way : ways()) {
    const Outcome outcome = play(way, seed);
    double healthy = 0;
    for (std::size_t i = 0; i < kSlow; ++i) healthy += outcome.share(i) / kSlow;
    std::printf("| %s | %.1f%% | %.1f%% | %.1f%% | %.2f%% | %.3f%% | %.0f ms | %.0f ms |\n", way.name.c_str(),
                100 * healthy, 100 * outcome.share(kSlow), 100 * outcome.share(kFlapping), 100 * outcome.share(kDead),
                100 * static_cast<double>(outcome.failed) / static_cast<double>(outcome.requests),
                outcome.latency_ms(0.5), outcome.latency_ms(0.99));
  }
  return 0;
}
