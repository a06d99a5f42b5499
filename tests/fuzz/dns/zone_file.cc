#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/dns/zone/master_file/contents.h"
#include "proxy/dns/zone/zone_builder.h"
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
  zone::ZoneBuilder builder(apex, contents.start.value_or(zone::Start()));
  std::vector<const zone::master_file::Record*> added;
  for (const zone::master_file::Record& record : contents.records) {
    require(record.owner.is_within(apex), "records are the zone's");
    require(record.data.size() <= 65'535, "data find room in a message");
    if (builder.add(record.owner, record.type, record.ttl_seconds, record.data)) added.push_back(&record);
  }
  const zone::Zone made = builder.build();
  for (const zone::master_file::Record* const record : added) {
    const std::optional<zone::Node> node = made.at(record->owner.wire());
    const std::optional<zone::RecordSet> set = node ? node->find(record->type) : std::nullopt;
    require(set && std::ranges::find(set->data, std::string_view(record->data)) != set->data.end(),
            "what was added is there");
  }
  return 0;
}
