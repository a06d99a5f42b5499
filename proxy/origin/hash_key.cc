#include "proxy/origin/hash_key.h"

#include "proxy/message/request_key.h"

namespace headgate::proxy::origin {

std::optional<std::uint64_t> hash_key_of(const config::Pool& pool, const message::Request& request) {
  if (pool.balance != config::Balance::kHash) [[likely]]
    return std::nullopt;
  return message::key_hash_of(pool.hash.key, request.head, request.client);
}

}  // namespace headgate::proxy::origin
