#pragma once
#include <array>
#include <cstddef>

#include "base/arena.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::rules {

/// The request's own URI, and those of Location and Content-Location.
inline constexpr std::size_t kInvalidatedMax = 3;

/// URIs whose stored answers an answer to an unsafe request makes invalid (RFC 9111 section 4.4), as heads of GETs for
/// them: host, port, path (normalised) and query, no fields.
struct Invalidated {
  std::array<wire::http::RequestHead, kInvalidatedMax> uris;
  std::size_t count = 0;
};

/// None for a safe method or an answer that is an error. Location and Content-Location count if they are of the
/// request's own origin (scheme, host and port). `secure`: the request came over TLS. An unknown method is not safe.
Invalidated invalidated_by(const wire::http::RequestHead& request, bool secure,
                           const wire::http::ResponseHead& response, base::Arena& arena);

/// The URI that `reference` means in an answer to `request` (RFC 3986 section 5.2), if it is of the same origin: its
/// host, port, path and query in `out`. False if it is of another or malformed.
bool resolve_in_origin(const wire::http::RequestHead& request, bool secure, std::string_view reference,
                       base::Arena& arena, wire::http::RequestHead& out);

}  // namespace headgate::proxy::cache::rules
