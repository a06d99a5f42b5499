#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proxy/dns/zone/signing.h"
#include "proxy/dns/zone/zone.h"
#include "wire/dns/query.h"
#include "wire/dns/response.h"

namespace headgate::proxy::dns::zone {

/// What a geo name's addresses are for one who asks.
struct Addresses {
  std::span<const std::string> data;  ///< of the family that was asked for, as in a message, in the order to be given
  std::uint32_t ttl_seconds = 0;
  std::uint8_t scope_bits = 0;  ///< of the query's subnet, where it has one: how much of it this depended on
};

/// Knows who is where and what is up.
class Chooser {
 public:
  virtual ~Chooser() = default;
  /// For the one who asks now. `type` is A or AAAA. What this gives is used at once.
  virtual Addresses choose(const GeoName& name, wire::dns::Type type) = 0;
};

struct Verdict {
  wire::dns::Rcode rcode = wire::dns::Rcode::kNoError;
  bool is_authoritative = true;
  const GeoName* geo = nullptr;  ///< that the answer's addresses are of
};

/// CNAMEs of one zone that are followed; a longer chain is answered as far as it was.
inline constexpr int kAliasesMax = 8;

/// Answers a question of class IN for a name of this zone: puts the records into `response`, all of them or, where they
/// find no room, none. `turn` is another number for each answer: where a set has several records, each is the first in
/// its turn. RFC 1034 section 4.3.2; NXDOMAIN and NODATA with the SOA record (RFC 2308); one HINFO record for ANY (RFC
/// 8482); REFUSED for transfers of the zone.
///
/// With `signing` the zone is signed: who asks for it (DO) gets signatures, and what is not there is denied as RFC 9824
/// has it: NOERROR and an NSEC record with NXNAME, and NXDOMAIN again for who says CO. SERVFAIL where nothing more can
/// be signed now: an answer without its signatures would be taken for a forged one.
Verdict answer(const Zone& zone, const wire::dns::Query& query, std::uint32_t turn, Chooser& chooser,
               wire::dns::Response& response, Signing* signing = nullptr);

}  // namespace headgate::proxy::dns::zone
