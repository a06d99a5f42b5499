#pragma once
#include "base/clock.h"
#include "config/config.h"
#include "health/checks/finding.h"
#include "health/checks/target.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::health {

/// One check of one backend. Stands by itself, so that a backend that leaves its pool in the middle of one hears it out
/// and closes in peace, where a cancelled one would have its answer met by a reset.
struct Question {
  checks::Target target;
  config::Health::Check check;  ///< one that asks something
  bool over_http2 = false;
  base::Duration timeout{};
};

/// Ends within the question's timeout.
net::Task<checks::Finding> put(net::Loop& loop, Question question);

}  // namespace headgate::health
