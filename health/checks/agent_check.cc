#include "health/checks/agent_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "config/values.h"
#include "net/buffer_pool.h"
#include "net/socket.h"

namespace headgate::health::checks {
namespace {

using wire::load_report::kAgentLineBytesMax;

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != text.npos;
}

AgentAnswer silent(std::string trouble) {
  return {.reply = std::nullopt, .why = std::move(trouble)};
}

/// A line without an end is one behind which the agent closed.
AgentAnswer understood(std::string line) {
  line.resize(std::min(line.find_first_of("\r\n"), line.size()));
  const std::string whole = line + '\n';
  AgentAnswer out;
  out.reply = wire::load_report::parse_agent_line(whole);
  if (!out.reply) return silent(fmt::format("no reply of an agent: '{}'", line));
  out.why = out.reply->why;
  out.reply->why = {};
  return out;
}

}  // namespace

net::Task<AgentAnswer> ask_agent(net::Loop& loop, base::Endpoint address, base::Duration timeout) {
  const base::Time deadline = loop.now() + timeout;
  const base::Result<std::unique_ptr<net::Socket>> socket = co_await net::Socket::connect(loop, address, deadline);
  if (!socket) co_return silent(socket.error().message);
  net::Socket& agent = **socket;
  std::string line;
  while (!has_line_end(line)) {
    if (line.size() > kAgentLineBytesMax) co_return silent("its line is too long");
    const net::WaitStatus waited = co_await agent.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) {
      co_return silent(fmt::format("no line within {}", config::duration_text(timeout)));
    }
    const net::Buffer buffer = loop.buffers().borrow(net::BufferPool::kSmall);
    const net::IoResult got = agent.read_some({buffer.data(), buffer.size()});
    if (got.status == net::IoStatus::kWouldBlock) continue;
    if (got.status != net::IoStatus::kOk) break;
    line.append(buffer.data(), got.bytes);
  }
  if (line.empty()) co_return silent("it closed without a line");
  co_return understood(std::move(line));
}

}  // namespace headgate::health::checks
