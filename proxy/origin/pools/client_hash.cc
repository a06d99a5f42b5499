#include "proxy/origin/pools/client_hash.h"

#include <xxhash.h>

namespace headgate::proxy::origin::pools {

std::uint64_t client_hash(const base::IpAddress& client) {
  // Not the hash by which a pool's backends are chosen: the clients of one pool are to spread over all its backends.
  constexpr std::uint64_t kSeed = 0x706f6f6c73;
  const std::string_view counted = client.subscriber_bytes();
  return XXH3_64bits_withSeed(counted.data(), counted.size(), kSeed);
}

}  // namespace headgate::proxy::origin::pools
