#pragma once
#include <cstdint>
#include <string>

namespace headgate::proxy::explain {

/// A span for a person: "12s", "5m", "3h", "4d".
std::string span_text(std::int64_t seconds);

}  // namespace headgate::proxy::explain
