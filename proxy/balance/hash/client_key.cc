#include "proxy/balance/hash/client_key.h"

#include <xxhash.h>

namespace headgate::proxy::balance::hash {

std::optional<std::uint64_t> client_key_of(const config::Pool& pool, const base::IpAddress& client) {
  if (pool.balance != config::Balance::kHash || pool.hash.by != config::HashBalance::By::kClient) [[likely]]
    return std::nullopt;
  constexpr std::size_t kSubscriberBytes = 8;
  const std::size_t counted = client.is_v4() ? client.bytes().size() : kSubscriberBytes;
  return XXH3_64bits(client.bytes().data(), counted);
}

}  // namespace headgate::proxy::balance::hash
