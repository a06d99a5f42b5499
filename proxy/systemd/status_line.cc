#include "proxy/systemd/status_line.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace headgate::proxy::systemd {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  for (char& each : line) {
    if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f) each = ' ';
  }
  if (line.size() <= kStatusTextMax) return line;
  line.resize(kStatusTextMax - 3);
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80) != 0) line.pop_back();  // whole UTF-8 only
  return line + "...";
}

std::string status_line(const StatusFacts& facts) {
  std::string line = "serving " + counted(facts.listeners, "listener");
  if (facts.pools > 0) {
    line += fmt::format(", {}: {} of {} up", counted(facts.pools, "pool"), facts.backends_up,
                        counted(facts.backends, "backend"));
  }
  line += "; configuration of " + base::civil_time(facts.loaded) + " UTC";
  if (!facts.refused.empty()) line += "; a newer one was refused: " + one_line(facts.refused);
  if (!facts.upgrade_said.empty()) line += "; the upgrade failed: " + one_line(facts.upgrade_said);
  if (!facts.problem.empty()) line += "; " + one_line(facts.problem);
  return line;
}

}  // namespace headgate::proxy::systemd
