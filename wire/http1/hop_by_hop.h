#pragma once
#include <cstdint>

#include "wire/http/field.h"

namespace headgate::wire::http1 {

/// Fields that speak of one connection only and are never forwarded (RFC 9110 section 7.6.1).
inline constexpr std::uint64_t kHopByHopFields =
    http::Fields::bit(http::FieldId::kConnection) | http::Fields::bit(http::FieldId::kKeepAlive) |
    http::Fields::bit(http::FieldId::kProxyConnection) | http::Fields::bit(http::FieldId::kTe) |
    http::Fields::bit(http::FieldId::kTransferEncoding) | http::Fields::bit(http::FieldId::kUpgrade);

/// Removes the hop-by-hop fields and every field that Connection names, but for Host and Content-Length, which no peer
/// may take away so. Costs one test where there are none.
void remove_hop_by_hop(http::Fields& fields);

}  // namespace headgate::wire::http1
