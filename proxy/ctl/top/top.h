#pragma once
#include "proxy/ctl/client/client.h"
#include "proxy/ctl/words/console.h"

namespace headgate::proxy::ctl::top {

/// The live screen, until q or a signal. The exit status.
int run(const client::Client& client, const words::Console& console);

/// One picture to standard output: two looks at the daemon, a second apart, for the rates.
int run_once(const client::Client& client, const words::Console& console);

}  // namespace headgate::proxy::ctl::top
