#pragma once
#include "config/reader.h"

// The keys of a listener that say where its TCP connections go.
namespace headgate::config::sections::tcp {

void read_target_pool(const Reader& at, TcpTargets& out);
void read_target_sni(const Reader& at, TcpTargets& out);
void read_target_alpn(const Reader& at, TcpTargets& out);

/// Reports at `at` if the listener's protocol and these keys do not go together.
void check_targets(const Reader& at, const Listener& listener);

}  // namespace headgate::config::sections::tcp
