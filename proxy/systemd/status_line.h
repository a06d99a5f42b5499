#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headgate::proxy::systemd {

/// What `systemctl status` shows of a serving daemon.
struct StatusFacts {
  std::size_t listeners = 0;
  std::size_t pools = 0;
  std::size_t backends = 0;
  std::size_t backends_up = 0;
  base::WallTime loaded;     ///< the configuration that runs
  std::string refused;       ///< why the last one was refused; empty if it was not
  std::string problem;       ///< of the first backend that is not well; empty if all are
  std::string upgrade_said;  ///< why the last upgrade failed; empty if it did not
};

/// "serving 3 listeners, 2 pools: 5 of 6 backends up; configuration of 2026-11-26 12:00:01 UTC", and what is wrong.
std::string status_line(const StatusFacts& facts);

/// The first line of a text without control characters and within kStatusTextMax bytes: a status is one line.
std::string one_line(std::string_view text);
inline constexpr std::size_t kStatusTextMax = 300;

}  // namespace headgate::proxy::systemd
