// Messages of DNS: whatever comes is taken apart without a read beyond it, what was understood is inside its bounds,
// and an answer to it is well formed and no longer than it may be.
#include <algorithm>
#include <array>

#include "tests/fuzz/wire_fuzz.h"
#include "wire/dns/query.h"
#include "wire/dns/response.h"

namespace {

using namespace headgate;
using fuzz::require;
using namespace wire::dns;

void answer(const Query& query, std::size_t bytes_max) {
  std::array<char, 2048> buffer;
  EdnsReply edns{.cookie = {}, .keep_alive_tenths = 10};
  if (query.edns) edns.cookie = query.edns->cookie;
  Response response(query, buffer, bytes_max, edns);
  for (int i = 0; i < 40; ++i) response.record(Section::kAnswer, query.lower_name(), Type::kA, 1, "1234");
  response.record_of_name(Section::kAuthority, query.lower_name(), Type::kNs, 1, query.lower_name());
  if (!response.does_fit()) response.forget_records();
  const std::size_t bytes = response.finish(Rcode::kNoError, true);
  require(bytes <= std::max(bytes_max, Response::kLeastBytes), "an answer is no longer than it may be");
  Query none;
  require(parse_query({buffer.data(), bytes}, none) == Sense::kNothing, "an answer is no question");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> exact(bytes, bytes + size);
  const std::string_view message(exact.data(), exact.size());
  Query query;
  const Sense sense = parse_query(message, query);
  if (sense == Sense::kNothing) return 0;
  require(fuzz::is_inside(query.name, message), "the name is of the message");
  require(query.name.size() <= kNameBytesMax, "the name is within its bound");
  require(sense != Sense::kAsked || !query.name.empty(), "what is answered has a question");
  if (!query.name.empty()) {
    require(name_bytes(query.name) == query.name.size(), "the name is a name");
    const std::optional<Name> name = Name::take(query.name);
    require(name && name->wire() == query.lower_name(), "a name in lower case is the name");
    const base::Result<Name> again = Name::parse(name->text());
    require(again && *again == *name, "a name's text is the name");
  }
  if (query.edns && query.edns->subnet) {
    const ClientSubnet& subnet = *query.edns->subnet;
    require(subnet.address.masked(subnet.source_bits) == subnet.address, "nothing is set beyond the prefix");
  }
  for (const std::size_t bytes_max : {0, 512, 700, 2048}) answer(query, bytes_max);
  return 0;
}
