#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "health/heritage.h"

namespace headgate::proxy::handover {

/// What health knows, as the letter carries it: JSON with a format number of its own, so that a successor that does not
/// know this one can begin without and serve all the same. Members that a reader does not know are passed over.
std::string health_text(const health::Heritage& heritage);

/// Any text is a heritage or an error; nothing is taken half. Numbers out of their bounds are errors: what is read here
/// decides who gets requests.
base::Result<health::Heritage> parse_health(std::string_view text);

inline constexpr int kHealthFormat = 1;
inline constexpr std::size_t kHealthRowsMax = 200'000;  ///< of backends, and of wishes

}  // namespace headgate::proxy::handover
