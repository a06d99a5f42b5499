#include "proxy/balance/identity.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <string>
#include <variant>

namespace headgate::proxy::balance {

std::uint64_t identity_of(std::string_view pool, const config::Backend& backend, const base::Endpoint& address) {
  std::string text(pool);
  text.append(1, '\0').append(backend.id);
  if (std::holds_alternative<config::BackendName>(backend.where)) text.append(1, '\0').append(address.text());
  return std::max<std::uint64_t>(XXH3_64bits(text.data(), text.size()), 1);
}

void IdentityIndex::rebuild(std::span<const std::uint64_t> identities) {
  places_.assign(std::bit_ceil(identities.size() * 2 + 1), Place{});
  mask_ = places_.size() - 1;
  for (std::size_t member = 0; member < identities.size(); ++member) {
    if (identities[member] == 0) continue;
    std::size_t at = identities[member] & mask_;
    while (places_[at].identity != 0 && places_[at].identity != identities[member]) at = (at + 1) & mask_;
    if (places_[at].identity == 0) places_[at] = {identities[member], static_cast<std::uint32_t>(member)};
  }
}

}  // namespace headgate::proxy::balance
