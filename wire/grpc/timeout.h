#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headgate::wire::grpc {

/// The longest that a grpc-timeout may say: eight digits of hours overflow what a clock counts.
inline constexpr base::Duration kTimeoutMax = std::chrono::hours(24 * 365);

/// The value of a grpc-timeout field: one to eight digits and one of H M S m u n. Longer than kTimeoutMax is that;
/// nothing if it is malformed.
std::optional<base::Duration> parse_timeout(std::string_view text);

/// The same time as a value, in the finest unit that eight digits have room for; rounded down, so that who is given it
/// does not outlast who waits. Zero and less is "0n".
std::string timeout_text(base::Duration timeout);

}  // namespace headgate::wire::grpc
