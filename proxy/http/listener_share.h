#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "base/ip_address.h"
#include "base/per_worker.h"
#include "proxy/http/counters.h"

namespace headgate::proxy::http {

/// How many connections each client has open on a listener. From any thread. Bounded by the connections that are open;
/// asked only where `connections_per_client` is set.
class ClientConnections {
 public:
  /// False, and nothing noted, if `client` has `max` connections already.
  bool enter(const base::IpAddress& client, std::uint32_t max) {
    Shard& shard = shard_of(client);
    const std::lock_guard lock(shard.mutex);
    std::uint32_t& open = shard.open[client];
    if (open >= max) return false;
    ++open;
    return true;
  }
  void leave(const base::IpAddress& client) {
    Shard& shard = shard_of(client);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.open.find(client);
    if (found != shard.open.end() && --found->second == 0) shard.open.erase(found);
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::map<base::IpAddress, std::uint32_t> open;
  };
  Shard& shard_of(const base::IpAddress& client) {
    std::uint32_t mixed = 0;
    for (std::uint8_t byte : client.bytes()) mixed = mixed * 31 + byte;
    return shards_[mixed % shards_.size()];
  }
  std::array<Shard, 16> shards_;
};

/// What the workers share of one listener, by its name; it outlives reloads.
struct ListenerShare {
  explicit ListenerShare(std::size_t workers) : counters(workers) {}
  base::PerWorker<ListenerCounters> counters;
  std::atomic<std::uint32_t> connections_open{0};
  ClientConnections clients;
};

}  // namespace headgate::proxy::http
