#include "proxy/explain/span_text.h"

#include <fmt/format.h>

namespace headgate::proxy::explain {

std::string span_text(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

}  // namespace headgate::proxy::explain
