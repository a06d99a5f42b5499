#pragma once
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/ip_address.h"
#include "health/checks/finding.h"
#include "health/checks/target.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::health::checks {

/// Passes if `address` accepts a connection within `timeout` and, over TLS, passes the handshake; nothing else is sent.
net::Task<Finding> check_tcp(net::Loop& loop, Target target, base::Duration timeout);

/// What an error of connecting or of talking means for the backend, in the words of a check.
Finding finding_of(const base::Error& error, const base::Endpoint& address, base::Duration timeout);

}  // namespace headgate::health::checks
