#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "config/request/key.h"

// How a pool chooses among its backends, and what keeps it from being buried.
namespace headgate::config {

/// How a pool chooses a backend.
enum class Balance : std::uint8_t { kRoundRobin, kLeastRequests, kRandomTwo, kPeakEwma, kHash };

/// `balance: { hash: ... }`: the same backend for what is the same.
struct HashBalance {
  enum class Method : std::uint8_t { kMaglev, kRing };
  request::Key key;
  Method method = Method::kMaglev;
  std::uint32_t max_load_percent = 0;  ///< of an even share, 100 to 1000; 0: no bound
  friend bool operator==(const HashBalance&, const HashBalance&) = default;
};

/// `load_feedback`: how backends say how busy they are.
struct LoadFeedback {
  enum class By : std::uint8_t { kOff, kHeader, kAgent };
  By by = By::kOff;
  std::uint16_t port = 0;  ///< of the agent, at each backend's address
  friend bool operator==(const LoadFeedback&, const LoadFeedback&) = default;
};

/// `limits` of a pool: at once, over all its backends and all workers. 0: no limit.
struct PoolLimits {
  std::uint32_t connections = 0;  ///< open, in use or idle
  std::uint32_t requests = 0;     ///< under way; beyond it they wait in the queue
  std::uint32_t retries = 0;      ///< under way
  friend bool operator==(const PoolLimits&, const PoolLimits&) = default;
};

/// `adaptive` of a pool: the limit of requests under way follows the latency of its answers.
struct Adaptive {
  std::uint32_t min = 4;
  std::uint32_t max = 1024;
  base::Duration window = std::chrono::seconds(30);  ///< how long the lowest latency counts as that of an idle pool
  friend bool operator==(const Adaptive&, const Adaptive&) = default;
};

struct Queue {
  std::uint32_t size = 1024;  ///< waiting requests of the pool, over all workers
  base::Duration timeout = std::chrono::seconds(5);
  /// Who would have to wait longer is turned away at once; absent: as `timeout`; 0: nobody is.
  std::optional<base::Duration> shed = std::nullopt;
  friend bool operator==(const Queue&, const Queue&) = default;
};

/// `hedge` of a pool: what has no answer after a while is asked of a second backend as well.
struct Hedge {
  std::uint32_t after_permille = 950;  ///< of recent latencies: p95; 0: `after` is said
  base::Duration after{};              ///< with after_permille 0
  std::uint32_t budget_percent = 5;    ///< of the pool's requests; at least 3 a second are always allowed
  bool takes_idempotent = false;       ///< PUT and DELETE too, beside the safe methods
  friend bool operator==(const Hedge&, const Hedge&) = default;
};

}  // namespace headgate::config
