// What backends and their agents say of their load: always a load from 0 to 1 or nothing, and never by what stands
// beyond the text.
#include "wire/load_report/load_report.h"
#include "tests/fuzz/wire_fuzz.h"
#include "wire/load_report/agent.h"

namespace {

using namespace headgate;
using fuzz::require;
namespace load_report = wire::load_report;

void require_load(std::optional<load_report::Load> load) {
  require(!load || (*load >= 0 && *load <= 1), "a load is from 0 to 1");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  const std::string_view input(copy.data(), copy.size());
  require_load(load_report::parse_x_load(input));
  require_load(load_report::parse_orca(input));
  require_load(load_report::parse_orca_binary(input));
  const auto reply = load_report::parse_agent_line(input);
  if (!reply) return 0;
  require(!reply->percent || *reply->percent <= 100, "a percentage is one");
  require(fuzz::is_inside(reply->why, input), "the reason stands in the line");
  require(reply->why.find('\n') == reply->why.npos, "and in that line alone");
  return 0;
}
