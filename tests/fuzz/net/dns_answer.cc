// Answers of name servers: bounds hold, and what is told of a name is printable.
#include <algorithm>

#include "net/dns/answer.h"
#include "tests/fuzz/wire_fuzz.h"

namespace {

using namespace headgate;
using fuzz::require;
using net::dns::RecordType;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  for (const RecordType type : {RecordType::kA, RecordType::kAaaa, RecordType::kSrv}) {
    const base::Result<net::dns::Answer> answer = net::dns::parse_answer(input, type);
    if (!answer) continue;
    require(answer->ttl >= base::Duration(0) && answer->ttl <= std::chrono::seconds(net::dns::kTtlMax),
            "the TTL's bounds");
    // A record has 12 bytes at least before its data.
    require((answer->addresses.size() + answer->services.size()) * 12 <= input.size(), "no more records than fit");
    require(type == RecordType::kSrv ? answer->addresses.empty() : answer->services.empty(), "of the type alone");
    for (const net::dns::Service& service : answer->services) {
      // 253 characters, each escaped as \DDD at most.
      require(service.target.size() <= 4 * 253, "a name is bounded");
      require(std::all_of(service.target.begin(), service.target.end(), [](char c) { return c > ' ' && c <= '~'; }),
              "a name is printable");
    }
  }
  return 0;
}
