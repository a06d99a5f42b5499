#pragma once
#include <string>
#include <string_view>

#include "proxy/dns/zone/zone.h"
#include "wire/dns/numbers.h"

// What says that something is not there, in a zone that is signed as it answers: compact denial of existence (RFC
// 9824).
namespace headgate::proxy::dns::zone {

/// Somebody else's from this name on, which is not the zone's own.
bool is_cut(const Zone& zone, const Node& node, std::string_view owner);

/// The data of the NSEC record of `owner`: the name next to it, so that nothing is said of any other, and the types
/// that there are. `node` is what answers for it; null: the name is not there. `missing` is not among the types
/// whatever the node has: a geo name may have no address of that family for who asks.
std::string nsec_data(const Zone& zone, const Node* node, std::string_view owner, wire::dns::Type missing);

}  // namespace headgate::proxy::dns::zone
