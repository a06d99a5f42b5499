#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace headgate::proxy::explain {

/// "2026-11-23T06:10:25.123Z"
std::string rfc3339(base::WallTime time);

/// A span for a person: "12s", "5m", "3h", "4d".
std::string span_text(std::int64_t seconds);

}  // namespace headgate::proxy::explain
