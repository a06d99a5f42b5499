#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Numbers as people read them. Everything here is pure.
namespace headgate::proxy::ctl::text {

/// "1,234,567"
std::string count_text(std::uint64_t count);
/// "no requests", "1 request", "1,234 requests"
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);
/// At most 5 columns: "999", "1.2k", "45k", "3.4M", "12G".
std::string short_count(double count);
/// "412 B", "1.5 KiB", "3.2 GiB"
std::string bytes_text(double bytes);
/// A rate a second, at most 5 columns: "0", "0.3", "12", "1.5k".
std::string rate_text(double per_second);
/// Milliseconds, at most 5 columns: "0.42", "3.1", "12", "1.2k"; "-" for nothing.
std::string milliseconds_text(std::optional<double> milliseconds);
/// "45 s", "3 min", "2 h 5 min", "4 d 3 h".
std::string age_text(base::Duration age);
/// At most 4 columns: "45s", "3m", "2h", "41d".
std::string short_age(base::Duration age);
/// "12 %", "0.5 %"
std::string percent_text(double percent);

}  // namespace headgate::proxy::ctl::text
