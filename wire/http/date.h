#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::wire::http {

inline constexpr std::size_t kDateBytes = 29;

/// Writes "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7), kDateBytes characters.
void write_date(std::int64_t unix_seconds, char* out);

/// Seconds since 1970 of an IMF-fixdate, RFC 850 date or asctime date; a two-digit year more than 50 years after
/// `now_seconds` is of the past century, as the RFC asks. Nothing for anything else.
std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now_seconds);

}  // namespace headgate::wire::http
