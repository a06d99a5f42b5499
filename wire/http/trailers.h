#pragma once
#include <cstdint>

#include "wire/http/field.h"

namespace headgate::wire::http {

/// Fields that are dropped from a trailer section: RFC 9110 section 6.5.1, and what headgate itself says of the client.
inline constexpr std::uint64_t kNotInTrailers =
    Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kTransferEncoding) | Fields::bit(FieldId::kHost) |
    Fields::bit(FieldId::kConnection) | Fields::bit(FieldId::kKeepAlive) | Fields::bit(FieldId::kProxyConnection) |
    Fields::bit(FieldId::kTe) | Fields::bit(FieldId::kTrailer) | Fields::bit(FieldId::kUpgrade) |
    Fields::bit(FieldId::kAuthorization) | Fields::bit(FieldId::kProxyAuthenticate) |
    Fields::bit(FieldId::kProxyAuthorization) | Fields::bit(FieldId::kWwwAuthenticate) | Fields::bit(FieldId::kCookie) |
    Fields::bit(FieldId::kSetCookie) | Fields::bit(FieldId::kCacheControl) | Fields::bit(FieldId::kPragma) |
    Fields::bit(FieldId::kExpect) | Fields::bit(FieldId::kMaxForwards) | Fields::bit(FieldId::kRange) |
    Fields::bit(FieldId::kIfMatch) | Fields::bit(FieldId::kIfModifiedSince) | Fields::bit(FieldId::kIfNoneMatch) |
    Fields::bit(FieldId::kIfRange) | Fields::bit(FieldId::kAge) | Fields::bit(FieldId::kIfUnmodifiedSince) |
    Fields::bit(FieldId::kExpires) | Fields::bit(FieldId::kDate) | Fields::bit(FieldId::kLocation) |
    Fields::bit(FieldId::kRetryAfter) | Fields::bit(FieldId::kVary) | Fields::bit(FieldId::kContentEncoding) |
    Fields::bit(FieldId::kContentType) | Fields::bit(FieldId::kContentRange) | Fields::bit(FieldId::kForwarded) |
    Fields::bit(FieldId::kXForwardedFor) | Fields::bit(FieldId::kXForwardedHost) |
    Fields::bit(FieldId::kXForwardedProto) | Fields::bit(FieldId::kXRequestId);

}  // namespace headgate::wire::http
