#pragma once
#include <sys/types.h>

#include "base/clock.h"

namespace headgate::proxy::admin {

/// An upgrade that succeeded: the new process serves, the old one drains and ends.
struct UpgradeOutcome {
  pid_t old_pid = 0;
  pid_t new_pid = 0;
  base::Duration took{0};
};

}  // namespace headgate::proxy::admin
