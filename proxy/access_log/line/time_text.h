#pragma once
#include <array>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace headgate::proxy::access_log::line {

/// Civil times as text. What changes once a second is made once a second.
class TimeText {
 public:
  static constexpr std::size_t kRfc3339Bytes = 24;   ///< 2026-11-23T06:10:25.123Z
  static constexpr std::size_t kCombinedBytes = 26;  ///< 23/Nov/2026:06:10:25 +0000

  /// Each writes as many bytes and returns their end. Years beyond 0 to 9999 are written as the nearest of these.
  char* write_rfc3339(base::WallTime time, char* out);
  char* write_combined(base::WallTime time, char* out);

 private:
  void remember(std::int64_t second);

  std::int64_t second_ = std::numeric_limits<std::int64_t>::min();
  std::array<char, kRfc3339Bytes> rfc3339_{};
  std::array<char, kCombinedBytes> combined_{};
};

}  // namespace headgate::proxy::access_log::line
