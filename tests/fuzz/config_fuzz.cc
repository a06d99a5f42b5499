#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/load.h"

namespace {

using headgate::config::Config;
using headgate::config::Problem;
using headgate::config::Problems;

std::optional<std::string> environment(std::string_view name) {
  if (name == "PORT") return "8080";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

/// What every list of problems must be: not empty, in the order of the file, each line readable.
void require_good(const Problems& problems) {
  if (problems.list.empty()) std::abort();
  for (std::size_t i = 1; i < problems.list.size(); ++i) {
    const Problem& before = problems.list[i - 1];
    const Problem& after = problems.list[i];
    const bool is_last_line = after.place.line == 0 && i + 1 == problems.list.size();
    if (!is_last_line && before.place.line > after.place.line) std::abort();
    if (after.what.empty()) std::abort();
  }
  if (problems.text().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::variant<Config, Problems> loaded =
      headgate::config::load_text(text, "/nonexistent/fuzz.yaml", environment);
  if (const Problems* problems = std::get_if<Problems>(&loaded)) {
    require_good(*problems);
    return 0;
  }
  const Config& config = std::get<Config>(loaded);
  if (config.listeners.empty() || headgate::config::summary_of(config).empty()) std::abort();
  return 0;
}
