#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"

// A pool of ten backends under a virtual clock: the balancers, the rules of health and outlier ejection are headgate's
// own, the backends and their clients are not there. The same seed plays the same.
namespace headgate::proxy::balance::cluster {

/// A way of choosing.
struct Way {
  std::string name;
  config::Balance balance = config::Balance::kRoundRobin;
  config::HashBalance::Method method = config::HashBalance::Method::kMaglev;
  std::uint32_t max_load_percent = 0;
};
/// All there are.
const std::vector<Way>& ways();

/// Seven healthy backends, and behind them one of each that is not.
inline constexpr std::size_t kBackends = 10;
inline constexpr std::size_t kSlow = 7;      ///< answers four times as slowly as the others, and passes its checks
inline constexpr std::size_t kFlapping = 8;  ///< refuses for three seconds of every six
inline constexpr std::size_t kDead = 9;      ///< says nothing any more from kDeath on: connecting times out
inline constexpr base::Duration kDeath = std::chrono::seconds(10);
inline constexpr base::Duration kLength = std::chrono::seconds(60);

/// What one run came to.
struct Outcome {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;                         ///< whose retry failed too, or that nobody could take
  std::array<std::uint64_t, kBackends> attempts{};  ///< sent to each backend
  std::uint64_t to_known_dead = 0;                  ///< to the dead one after its checks had failed often enough
  std::vector<double> latencies_ms;                 ///< of those that were answered, ascending

  double share(std::size_t backend) const;  ///< of all attempts
  double latency_ms(double quantile) const;
};

/// Plays kLength of requests that come by chance (a Poisson process) to four workers.
Outcome play(const Way& way, std::uint64_t seed);

}  // namespace headgate::proxy::balance::cluster
