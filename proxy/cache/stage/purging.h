#pragma once
#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "proxy/cache/stage/route_cache.h"
#include "proxy/message/message.h"

namespace headgate::proxy::cache::stage {

/// After an answer to a request with an unsafe method (RFC 9111 section 4.4): what is stored for its URI, and for those
/// of Location and Content-Location, is gone.
void invalidate(const RouteCache& cache, const wire::http::RequestHead& asked, bool secure,
                const wire::http::ResponseHead& answer, std::size_t worker, base::Arena& arena);

/// Whether the client may send PURGE requests.
bool may_purge(const RouteCache& cache, const base::IpAddress& client);

/// What a PURGE request asks for: its URI, in all variants. `Headgate-Purge: soft` makes it stale, not gone.
purge::Purge purge_of(const RouteCache& cache, const wire::http::RequestHead& asked, bool secure, base::Arena& arena);

}  // namespace headgate::proxy::cache::stage
