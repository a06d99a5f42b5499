#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "base/arena.h"
#include "base/ip_address.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/message.h"

namespace headgate::proxy::http {

/// Whom a request is from, and what that was concluded from.
struct Provenance {
  base::IpAddress client;
  wire::http::FieldId field = wire::http::FieldId::kOther;  ///< that speaks of others; kOther: there is none
  /// The addresses in it, the nearest last; nothing for what is none. Empty if the peer's word is not taken.
  std::vector<std::optional<base::IpAddress>> chain;
  std::size_t believed = 0;  ///< how many of them, from the end
};
Provenance provenance_of(const wire::http::Fields& fields, const base::IpAddress& peer,
                         const listener::ListenerState& listener);

/// Whom a request is really from: the peer, or what trusted proxies say of it. Of X-Forwarded-For (or, without it, the
/// for= of Forwarded, RFC 7239) the last address counts that is no trusted proxy's itself.
base::IpAddress client_of(const wire::http::Fields& fields, const base::IpAddress& peer,
                          const listener::ListenerState& listener);

/// Whether the client spoke TLS, as a trusted peer says: the first member of X-Forwarded-Proto or, without it, the
/// proto= of the first element of Forwarded.
bool came_securely(const wire::http::Fields& fields, bool peer_is_trusted, bool over_tls);

/// Says to the backend how the request came: X-Forwarded-For, -Proto and -Host, Forwarded, Via
/// (`protocol`, "HTTP/1.1", is the client's). What an untrusted peer
/// wrote into them is replaced; what a trusted one wrote is kept and added to.
void add_forwarding_fields(message::Request& request, const base::IpAddress& peer, bool peer_is_trusted,
                           std::string_view protocol, base::Arena& arena);

/// Removes what else an untrusted peer wrote that only a proxy has to say: X-Forwarded-* beside the three above,
/// X-Host, X-Original-Host, X-HTTP-Host-Override. Origins make links of them, which is a way into a cache whose keys do
/// not have them.
void drop_claims_of_proxies(wire::http::Fields& fields);

/// The request's id: a trusted peer's X-Request-Id, or 32 hex digits made of `random`.
std::string_view request_id_of(const wire::http::Fields& fields, bool peer_is_trusted, std::uint64_t random_high,
                               std::uint64_t random_low, base::Arena& arena);

}  // namespace headgate::proxy::http
