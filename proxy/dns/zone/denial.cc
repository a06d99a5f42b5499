#include "proxy/dns/zone/denial.h"

#include "wire/dns/dnssec/records.h"

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Type;
using wire::dns::dnssec::TypeBitmap;

constexpr std::size_t kUsualBitmapBytes = 40;

/// What the parent has at a cut is all that it may speak of (RFC 4035 section 2.3).
bool is_parents(Type type) {
  return type == Type::kNs || type == Type::kDs;
}

void add_types(const Zone& zone, const Node& node, std::string_view owner, Type missing, TypeBitmap& types) {
  const bool has_parents_alone = is_cut(zone, node, owner);
  for (const RecordSet& set : node) {
    if (set.type != missing && (!has_parents_alone || is_parents(set.type))) types.add(set.type);
  }
  if (node.geo() != nullptr && !has_parents_alone) {
    for (const Type type : {Type::kA, Type::kAaaa}) {
      if (type != missing) types.add(type);
    }
  }
  if (owner == zone.apex().wire()) types.add(Type::kSoa);
}

}  // namespace

bool is_cut(const Zone& zone, const Node& node, std::string_view owner) {
  return owner != zone.apex().wire() && node.has(Type::kNs);
}

std::string nsec_data(const Zone& zone, const Node* node, std::string_view owner, Type missing) {
  TypeBitmap types;
  types.add(Type::kRrsig);
  types.add(Type::kNsec);
  if (node == nullptr) {
    types.add(Type::kNxname);
  } else {
    add_types(zone, *node, owner, missing, types);
  }
  std::string out;
  out.reserve(owner.size() + kUsualBitmapBytes);
  const bool skips_below = node != nullptr && is_cut(zone, *node, owner);
  wire::dns::dnssec::append_successor(owner, zone.apex().wire(), skips_below, out);
  types.append_to(out);
  return out;
}

}  // namespace headgate::proxy::dns::zone
