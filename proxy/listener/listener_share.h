#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/ip_address.h"
#include "base/per_worker.h"
#include "proxy/listener/counters.h"

namespace headgate::proxy::listener {

struct TlsShare;

/// How many connections each client has open on a listener. From any thread. Bounded by the connections that are open;
/// asked only where `connections_per_client` is set.
class ClientConnections {
 public:
  /// False, and nothing noted, if `client` has `max` connections already.
  bool enter(const base::IpAddress& client, std::uint32_t max);
  void leave(const base::IpAddress& client);

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::map<base::IpAddress, std::uint32_t> open;
  };
  Shard& shard_of(const base::IpAddress& client);
  std::array<Shard, 16> shards_;
};

/// What the workers share of one listener, by its name; it outlives reloads.
struct ListenerShare {
  explicit ListenerShare(std::size_t workers);
  ~ListenerShare();
  base::PerWorker<ListenerCounters> counters;
  std::atomic<std::uint32_t> connections_open{0};
  ClientConnections clients;
  const std::unique_ptr<TlsShare> tls;
};

}  // namespace headgate::proxy::listener
