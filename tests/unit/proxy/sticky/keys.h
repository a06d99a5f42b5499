#pragma once
#include <cstdint>
#include <initializer_list>

#include "config/config.h"

namespace headgate::proxy::sticky::test {

/// Keys that differ by one byte, and are the same in every run.
inline config::StickyKeys keys_of(std::initializer_list<std::uint8_t> numbers) {
  config::StickyKeys out;
  for (const std::uint8_t number : numbers) out.push_back({number, 1, 2, 3});
  return out;
}

}  // namespace headgate::proxy::sticky::test
