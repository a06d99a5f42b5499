#include "proxy/origin/pools/client_hash.h"

#include <xxhash.h>

namespace headgate::proxy::origin::pools {

std::uint64_t client_hash(const base::IpAddress& client) {
  // Not the hash by which a pool's backends are chosen: the clients of one pool are to spread over all its backends.
  constexpr std::uint64_t kSeed = 0x706f6f6c73;
  constexpr std::size_t kSubscriberBytes = 8;
  const std::size_t counted = client.is_v4() ? client.bytes().size() : kSubscriberBytes;
  return XXH3_64bits_withSeed(client.bytes().data(), counted, kSeed);
}

}  // namespace headgate::proxy::origin::pools
