#include "wire/load_report/agent.h"

#include <algorithm>

#include "base/ascii.h"

namespace headgate::wire::load_report {
namespace {

using Operation = AgentReply::Operation;
using Administration = AgentReply::Administration;

constexpr std::string_view kBetween = " \t,";

bool is_word(std::string_view word, std::string_view wanted) {
  return base::equals_ignoring_case(word, wanted);
}

bool take_number(std::string_view word, AgentReply& out) {
  constexpr std::string_view kConnections = "maxconn:";
  if (is_word(word.substr(0, kConnections.size()), kConnections)) {
    return base::parse_decimal<std::uint32_t>(word.substr(kConnections.size())).has_value();
  }
  if (word.empty() || word.back() != '%') return false;
  const std::optional<std::uint32_t> percent = base::parse_decimal<std::uint32_t>(word.substr(0, word.size() - 1));
  if (!percent) return false;
  out.percent = std::min(*percent, 100U);
  return true;
}

bool take_word(std::string_view word, AgentReply& out) {
  if (is_word(word, "up")) {
    out.operation = Operation::kUp;
  } else if (is_word(word, "down") || is_word(word, "fail") || is_word(word, "stopped")) {
    out.operation = Operation::kDown;
  } else if (is_word(word, "ready")) {
    out.administration = Administration::kReady;
  } else if (is_word(word, "drain")) {
    out.administration = Administration::kDrain;
  } else if (is_word(word, "maint")) {
    out.administration = Administration::kMaintenance;
  } else {
    return take_number(word, out);
  }
  return true;
}

}  // namespace

std::optional<AgentReply> parse_agent_line(std::string_view bytes) {
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end == bytes.npos || end > kAgentLineBytesMax) return std::nullopt;
  std::string_view left = bytes.substr(0, end);
  AgentReply out;
  bool says_anything = false;
  while (true) {
    left.remove_prefix(std::min(left.find_first_not_of(kBetween), left.size()));
    if (left.empty()) break;
    if (left.front() == '#') {
      out.why = base::trimmed(left.substr(1));
      break;
    }
    const std::string_view word = left.substr(0, left.find_first_of(kBetween));
    if (!take_word(word, out)) {
      // Without a '#' too what stands behind one of the three words for down is its reason.
      if (out.operation != Operation::kDown) return std::nullopt;
      out.why = base::trimmed(left);
      break;
    }
    says_anything = true;
    left.remove_prefix(word.size());
  }
  return says_anything ? std::optional(out) : std::nullopt;
}

}  // namespace headgate::wire::load_report
