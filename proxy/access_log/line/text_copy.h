#pragma once
#include <cstring>
#include <string_view>

namespace headgate::proxy::access_log::line {

/// Copies `text` to `out` and returns the end of the copy. memcpy of a length that is known only at run time is a call
/// through the PLT; most texts of a log are shorter than its cost. The two halves of a copy may overlap.
inline char* append(char* out, std::string_view text) {
  const char* from = text.data();
  const std::size_t size = text.size();
  if (size > 32) {
    std::memcpy(out, from, size);
  } else if (size > 16) {
    std::memcpy(out, from, 16);
    std::memcpy(out + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(out, from, 8);
    std::memcpy(out + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(out, from, 4);
    std::memcpy(out + size - 4, from + size - 4, 4);
  } else if (size > 0) {
    out[0] = from[0];
    out[size / 2] = from[size / 2];
    out[size - 1] = from[size - 1];
  }
  return out + size;
}

}  // namespace headgate::proxy::access_log::line
