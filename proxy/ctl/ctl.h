#pragma once

// `headgate ctl`: the command line's side of the admin API. client asks, words say what came back, top is a live
// screen; text knows terminals.
namespace headgate::proxy::ctl {

/// `headgate ctl ...`; arguments[0] is "ctl". The exit status: 0 well, 1 the daemon said no or cannot be reached,
/// 2 usage; reload, config --diff and explain have their own.
int run(int count, const char* const* arguments);

}  // namespace headgate::proxy::ctl
