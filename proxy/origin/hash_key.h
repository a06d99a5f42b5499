#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/config.h"
#include "proxy/message/message.h"

namespace headgate::proxy::origin {

/// What a pool that chooses by hash knows a request by; the same in every process and of every version. Nothing where
/// the pool does not, or where the request lacks it (no such field, cookie or parameter, or an empty one).
std::optional<std::uint64_t> hash_key_of(const config::Pool& pool, const message::Request& request);

/// The field, cookie, parameter or path that is hashed; empty where the request lacks it. Of several fields the first
/// counts; a parameter's value stays escaped. Of a client, which is no text, and of the query of a `uri` it says
/// nothing.
std::string_view hashed_text_of(const config::HashBalance& hash, const wire::http::RequestHead& head);

}  // namespace headgate::proxy::origin
