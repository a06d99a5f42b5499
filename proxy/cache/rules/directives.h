#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http/field.h"

namespace headgate::proxy::cache::rules {

/// RFC 9111 section 1.2.2: what a larger number of seconds counts as, 68 years.
inline constexpr std::chrono::seconds kSecondsMax{2147483648};

/// A run of digits as seconds, at most kSecondsMax; nothing for anything else.
std::optional<std::chrono::seconds> parse_seconds(std::string_view text);

/// Cache-Control of a request (RFC 9111 section 5.2.1, RFC 5861 section 4). What is malformed counts as not said.
/// Pragma means nothing (section 5.4).
struct RequestDirectives {
  bool no_cache = false;
  bool no_store = false;
  bool only_if_cached = false;
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> max_stale;  ///< without a value: kSecondsMax
  std::optional<std::chrono::seconds> min_fresh;
  std::optional<std::chrono::seconds> stale_if_error;
};
RequestDirectives request_directives(const wire::http::Fields& fields);

/// What a response says to this cache (RFC 9111 section 5.2.2, RFC 8246, RFC 5861, RFC 9213).
///
/// Where two readings are possible the stricter one holds (section 4.2.1): of a number said twice the smaller, a
/// lifetime that is no number is 0, a directive that forbids holds whatever its argument is, one that allows only
/// without one. A number in quotes is a number (section 5.2).
struct ResponseDirectives {
  bool no_store = false;
  bool no_cache = false;    ///< without a list of fields, or with one that can not be read
  bool is_private = false;  ///< the same
  bool is_public = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool immutable = false;
  bool is_broken = false;    ///< a quoted string did not end: what follows may have been meant
  bool is_targeted = false;  ///< from a targeted field: Cache-Control and Expires do not count
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> s_maxage;
  std::optional<std::chrono::seconds> stale_while_revalidate;
  std::optional<std::chrono::seconds> stale_if_error;
  std::vector<std::string_view> listed;  ///< the fields that no-cache="..." and private="..." name
};

/// RFC 9213 section 2.2: of the `targeted` fields, in their order, the first that is there, well formed and not empty;
/// else Cache-Control.
ResponseDirectives response_directives(const wire::http::Fields& fields, std::span<const std::string> targeted);

}  // namespace headgate::proxy::cache::rules
