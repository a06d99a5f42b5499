#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "net/loop.h"
#include "net/task.h"
#include "wire/load_report/agent.h"

namespace headgate::health::checks {

/// What an agent said, or why it said nothing that counts.
struct AgentAnswer {
  std::optional<wire::load_report::AgentReply> reply;  ///< its `why` is empty, and here:
  std::string why;  ///< as the agent says it, or without a reply, "no line within 2s"
};

/// Connects to an agent and reads the one line that it sends without being asked (HAProxy's agent-check).
net::Task<AgentAnswer> ask_agent(net::Loop& loop, base::Endpoint address, base::Duration timeout);

}  // namespace headgate::health::checks
