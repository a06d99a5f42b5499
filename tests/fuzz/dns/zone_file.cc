#include "proxy/dns/zone/master_file/contents.h"
#include "tests/fuzz/wire_fuzz.h"

// A zone file: whatever it holds, it is records of its zone, or problems with places; records go into a Zone or are
// refused, and what went in is found there.
namespace zone = headgate::proxy::dns::zone;
using headgate::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const headgate::wire::dns::Name apex = *headgate::wire::dns::Name::parse("z.example");
  const zone::master_file::Contents contents = zone::master_file::read(text, apex, 30);
  for (const zone::master_file::Problem& problem : contents.problems) {
    require(problem.spot.line >= 1 && problem.spot.column >= 1 && !problem.what.empty(), "problems have places");
  }
  require(contents.problems.size() <= zone::master_file::kProblemsMax + 1, "problems are bounded");
  zone::Zone made(apex, contents.start.value_or(zone::Start()));
  for (const zone::master_file::Record& record : contents.records) {
    require(record.owner.is_within(apex), "records are the zone's");
    require(record.data.size() <= 65'535, "data find room in a message");
    const bool is_added = static_cast<bool>(made.add(record.owner, record.type, record.ttl_seconds, record.data));
    const zone::Node* const node = made.at(record.owner.wire());
    require(!is_added || (node != nullptr && node->find(record.type) != nullptr), "what was added is there");
  }
  return 0;
}
