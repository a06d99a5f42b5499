#pragma once
#include <cstdint>
#include <optional>

#include "base/ip_address.h"
#include "config/config.h"

namespace headgate::proxy::balance::hash {

/// What a pool that chooses by hash of the client knows it by; the same in every process and of every version. Nothing
/// where the pool does not. Of an IPv6 address the /64 counts, which is what one subscriber gets.
std::optional<std::uint64_t> client_key_of(const config::Pool& pool, const base::IpAddress& client);

}  // namespace headgate::proxy::balance::hash
