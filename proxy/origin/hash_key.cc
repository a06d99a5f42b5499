#include "proxy/origin/hash_key.h"

#include <xxhash.h>

#include "proxy/balance/hash/client_key.h"
#include "wire/http/uri.h"

namespace headgate::proxy::origin {
namespace {

using HashedBy = config::HashBalance::By;
using wire::http::Field;

}  // namespace

std::string_view hashed_text_of(const config::HashBalance& hash, const wire::http::RequestHead& head) {
  switch (hash.by) {
    case HashedBy::kClient:
      return {};
    case HashedBy::kPath:
    case HashedBy::kUri:
      return head.path;
    case HashedBy::kHeader: {
      const Field* const field = head.fields.find(hash.name);
      return field == nullptr ? std::string_view() : field->value;
    }
    case HashedBy::kCookie:
      return wire::http::cookie_value(head.fields, hash.name);
    case HashedBy::kQuery:
      return wire::http::query_value(head.query, hash.name).value_or(std::string_view());
  }
  return {};
}

std::optional<std::uint64_t> hash_key_of(const config::Pool& pool, const message::Request& request) {
  if (pool.balance != config::Balance::kHash) [[likely]]
    return std::nullopt;
  if (pool.hash.by == HashedBy::kClient) return balance::hash::client_key_of(pool, request.client);
  const std::string_view text = hashed_text_of(pool.hash, request.head);
  if (text.empty()) return std::nullopt;
  const std::uint64_t key = XXH3_64bits(text.data(), text.size());
  const std::string_view query = request.head.query;
  if (pool.hash.by != HashedBy::kUri || query.empty()) return key;
  return XXH3_64bits_withSeed(query.data(), query.size(), key);
}

}  // namespace headgate::proxy::origin
