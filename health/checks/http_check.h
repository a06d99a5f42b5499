#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "config/config.h"
#include "health/checks/finding.h"
#include "health/checks/target.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::health::checks {

/// An answer's head may be so long, interim answers included one by one.
inline constexpr std::size_t kAnswerHeadBytesMax = 16 * 1024;
/// So much of an answer's body is searched for the text that it must hold.
inline constexpr std::size_t kSearchedBytesMax = 64 * 1024;
/// So many interim answers (1xx) may come before the final one.
inline constexpr int kInterimAnswersMax = 8;

/// Whether a check takes an answer of this status for health.
bool is_wanted(std::uint16_t status, const std::vector<config::StatusRange>& wanted);

/// Asks `address` for `check.path` with HTTP/1.1 over a connection of its own; passes if the status is one of those
/// wanted and the body, where asked for, holds the text. All of it within `timeout`.
net::Task<Finding> check_http(net::Loop& loop, Target target, config::HttpCheck check, base::Duration timeout);

}  // namespace headgate::health::checks
