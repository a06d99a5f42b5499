#include "proxy/discovery/name_row.h"

#include <fmt/format.h>

#include <chrono>

namespace headgate::proxy::discovery {

std::string text_of(const NameRow& row) {
  std::string out = fmt::format("{} address{}", row.backends, row.backends == 1 ? "" : "es");
  if (row.ttl_left) out += fmt::format(", {} s of their TTL left", *row.ttl_left / std::chrono::seconds(1));
  if (!row.problem.empty()) out += "; the last look-up failed: " + row.problem;
  return out;
}

}  // namespace headgate::proxy::discovery
