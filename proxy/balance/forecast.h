#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/balance/choose/eligibility.h"
#include "proxy/balance/pool.h"

namespace headgate::proxy::balance {

/// What a worker's pool would do with its next request, as things stand: nothing is taken and nobody's turn passes.
struct Forecast {
  struct Member {
    choose::Standing standing;
    choose::Place place = choose::Place::kCandidate;
    std::uint32_t weight = 0;                        ///< among the candidates; 0: none of them
    std::uint32_t requests_here = 0;                 ///< under way, of this worker
    std::uint32_t requests_in_flight = 0;            ///< of all workers
    std::uint32_t picks_before = choose::kNoMember;  ///< round robin: picks before its turn; kNoMember: it has none
    bool is_full = false;                            ///< has its max_requests
    double latency_ns = 0;                           ///< of its answers, where the pool chooses by that
    std::uint32_t key_order = choose::kNoMember;     ///< by hash: looked at as this one, from 0; kNoMember: not come to
    bool takes_key = true;            ///< by hash: false while its part of its weight leaves this key out
    std::uint32_t key_percent = 100;  ///< of its keys that it takes for now, of those that were asked for this one
    std::uint64_t bound = 0;          ///< by hash: requests that max_load lets it have; 0: any number
    double chance = 0;                ///< of being taken, 0 to 1
  };
  std::size_t worker = 0;
  std::shared_ptr<const PoolVersion> version;
  std::vector<Member> members;  ///< as in the version
  /// Where the wish names a backend to stay with.
  enum class Stay : std::uint8_t {
    kNone,
    kHome,      ///< it takes the request
    kHomeFull,  ///< it has its max_requests: the request waits for it
    kUnfit,     ///< it may not be used now: another one is chosen
    kGone,      ///< no backend of the pool has that identity
  };
  Stay stay = Stay::kNone;
  std::uint32_t home = choose::kNoMember;  ///< the member that is named, but for kGone
  PoolLoad load;
  std::optional<base::Duration> hedge_after =
      std::nullopt;  ///< how long a first backend has; nothing: it is not known, or never
  bool panic = false;
  bool use_backups = false;
  std::vector<choose::Level> levels;  ///< of those that serve
  std::uint32_t waiting_here = 0;     ///< requests before this one in this worker's queue
};

}  // namespace headgate::proxy::balance
