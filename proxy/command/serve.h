#pragma once
#include <functional>

#include "proxy/control.h"

namespace headgate::proxy::command {

/// Runs the daemon on a configuration until it is told to stop; what run and demo share. Signals are blocked already.
int serve(ConfigSource source, std::function<void()> ready, Circumstances circumstances = {});

}  // namespace headgate::proxy::command
