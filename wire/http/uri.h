#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "wire/http/messages.h"

namespace headgate::wire::http {

/// RFC 3986 section 3.2.2: the bound of the DNS on a name.
inline constexpr std::size_t kHostBytesMax = 255;

/// Splits a request target (RFC 9112 section 3.2) into form, authority (absolute-form only), path and query of `head`,
/// whose method must be set: "*" is for OPTIONS alone. False for what is refused: characters outside RFC 3986 (in a
/// query those that browsers send unescaped are let through: [ ] { } | \ ^ `), a bad percent escape, %00 in the path, a
/// path that climbs above the root, a scheme other than http and https, userinfo in the authority, a fragment,
/// authority-form. The path comes out normalised (RFC 3986 section 6.2.2): dot segments removed, escapes of unreserved
/// characters decoded, hex digits upper case, a raw [ ] or | escaped; `%2F` stays an escape. One path then has one
/// spelling for matching, caching and the backend alike. A target that needs no change is not copied; otherwise the new
/// text is taken from `arena`. The query is checked but never changed.
bool parse_target(std::string_view target, base::Arena& arena, RequestHead& head);

/// Splits "host", "host:port" or "[v6]:port" into host and port of `head`; false if it is no valid authority without
/// userinfo (RFC 3986 section 3.2.2: reg-name or IPv6 literal; port 0 to 65535 or empty). Stricter than the RFC where a
/// host could be read in two ways: it is not empty, has no percent escape and no comma, and at most kHostBytesMax
/// bytes.
bool parse_authority(std::string_view authority, RequestHead& head);

/// Percent-decodes; nothing if an escape is broken. '+' stays '+'.
std::optional<std::string> percent_decoded(std::string_view text);

/// The value of the first `name=value` pair of a query, still escaped; nothing if absent. "a" is "a=".
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

/// The value of the first cookie of that name in one Cookie field value (RFC 6265 section 5.4); nothing if absent.
std::optional<std::string_view> cookie_value(std::string_view cookie_field, std::string_view name);
/// The same of all Cookie fields together; empty if absent or empty.
std::string_view cookie_value(const Fields& fields, std::string_view name);

}  // namespace headgate::wire::http
