#pragma once
#include <cstdint>

namespace headgate::proxy::admin {

/// What the kernel says of this process. What it does not say is 0.
struct ProcessFigures {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
  double cpu_seconds = 0;  ///< user and system, all threads
};

/// Reads them from /proc/self. Counting descriptors costs about 0.3 µs for each.
ProcessFigures read_process_figures();

}  // namespace headgate::proxy::admin
