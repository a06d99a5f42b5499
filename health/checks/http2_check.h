#pragma once
#include "base/clock.h"
#include "base/ip_address.h"
#include "config/config.h"
#include "health/checks/finding.h"
#include "health/checks/target.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::health::checks {

/// check_http over HTTP/2 by prior knowledge: the same question, the same verdict.
net::Task<Finding> check_http2(net::Loop& loop, Target target, config::HttpCheck check, base::Duration timeout);

/// Asks grpc.health.v1.Health/Check; passes if the answer is SERVING. All of it within `timeout`.
net::Task<Finding> check_grpc(net::Loop& loop, Target target, config::GrpcCheck check, base::Duration timeout);

}  // namespace headgate::health::checks
