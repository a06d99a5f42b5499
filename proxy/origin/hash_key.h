#pragma once
#include <cstdint>
#include <optional>

#include "config/config.h"
#include "proxy/message/message.h"

namespace headgate::proxy::origin {

/// What a pool that chooses by hash knows a request by; the same in every process and of every version. Nothing where
/// the pool does not, or where the request lacks it (no such field, cookie, parameter or segment, or an empty one).
std::optional<std::uint64_t> hash_key_of(const config::Pool& pool, const message::Request& request);

}  // namespace headgate::proxy::origin
