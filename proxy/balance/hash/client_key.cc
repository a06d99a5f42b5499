#include "proxy/balance/hash/client_key.h"

#include "proxy/message/request_key.h"

namespace headgate::proxy::balance::hash {

std::optional<std::uint64_t> client_key_of(const config::Pool& pool, const base::IpAddress& client) {
  if (pool.balance != config::Balance::kHash || pool.hash.key.by != config::request::Key::By::kClient) [[likely]]
    return std::nullopt;
  return message::client_hash_of(client);
}

}  // namespace headgate::proxy::balance::hash
