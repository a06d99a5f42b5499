#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::wire::load_report {

/// What one line of an agent says, in the language of HAProxy's agent-check.
struct AgentReply {
  enum class Operation : std::uint8_t { kUnsaid, kUp, kDown };
  enum class Administration : std::uint8_t { kUnsaid, kReady, kDrain, kMaintenance };

  std::optional<std::uint32_t> percent;  ///< of its weight, 0 to 100; what is beyond 100 counts as 100
  Operation operation = Operation::kUnsaid;
  Administration administration = Administration::kUnsaid;
  std::string_view why;  ///< behind '#', or what follows down, fail or stopped; a view of the line
};

/// The longest line that is looked at.
inline constexpr std::size_t kAgentLineBytesMax = 512;

/// Words between blanks, tabs and commas, up to the line's end, in any case: a percentage ("75%"), "up"; "down", "fail"
/// or "stopped" with a reason; "ready", "drain", "maint"; "maxconn:N", which is checked and not taken (what a backend
/// may carry is `max_requests`). Nothing for a line that has any other word, none at all, or no end.
std::optional<AgentReply> parse_agent_line(std::string_view bytes);

}  // namespace headgate::wire::load_report
