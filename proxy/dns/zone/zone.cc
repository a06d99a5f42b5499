#include "proxy/dns/zone/zone.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/dns/keys/keys.h"

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Name;
using wire::dns::Type;

base::Error refused(const Name& name, std::string_view why) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("{}: {}", name.text(), why)};
}

bool is_address(Type type) {
  return type == Type::kA || type == Type::kAaaa;
}

std::size_t first_label_bytes(std::string_view name) {
  return 1 + static_cast<std::size_t>(name[0]);
}

}  // namespace

const RecordSet* Node::find(Type type) const {
  for (const RecordSet& set : sets) {
    if (set.type == type) return &set;
  }
  return nullptr;
}

std::size_t Zone::Hash::operator()(std::string_view bytes) const {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Zone::Zone(Name apex, Start start, std::shared_ptr<const Serial> serial)
    : apex_(std::move(apex)), start_(std::move(start)), serial_(std::move(serial)) {
  nodes_.try_emplace(std::string(apex_.wire()));
}

const Node* Zone::at(std::string_view lower_name) const {
  const auto found = nodes_.find(lower_name);
  return found == nodes_.end() ? nullptr : &found->second;
}

/// Makes the names between it and the apex as well: they exist, though they may have nothing.
base::Result<Node*> Zone::node_for(const Name& name) {
  if (!name.is_within(apex_)) return refused(name, fmt::format("it is not in the zone {}", apex_.text()));
  for (Name above = name; above != apex_;) {
    above = above.parent();
    if (!nodes_.try_emplace(std::string(above.wire())).second) break;
  }
  return &nodes_.try_emplace(std::string(name.wire())).first->second;
}

base::Result<void> Zone::add(const Name& name, Type type, std::uint32_t ttl_seconds, std::string data) {
  const bool is_apex = name == apex_;
  if (type == Type::kSoa) return refused(name, "its SOA record is the zone's own");
  if (type == Type::kCname && is_apex)
    return refused(name, "there can be no CNAME at a zone's own name (RFC 1034 3.6.2)");
  const Node* const known = at(name.wire());
  if (known != nullptr) {
    const bool is_alias = known->find(Type::kCname) != nullptr;
    const bool has_others = known->geo || std::any_of(known->sets.begin(), known->sets.end(),
                                                      [](const RecordSet& set) { return set.type != Type::kCname; });
    if (type == Type::kCname ? is_alias || has_others : is_alias) {
      return refused(name, "a CNAME stands alone at its name (RFC 1034 section 3.6.2)");
    }
    if (known->geo && is_address(type)) return refused(name, "its addresses are those of its pool");
    const RecordSet* const set = known->find(type);
    if (set != nullptr && set->ttl_seconds != ttl_seconds) {
      return refused(name, fmt::format("its {} records have different TTLs (RFC 2181 section 5.2)", type_text(type)));
    }
    if (set != nullptr && set->data.size() == kSetRecordsMax) {
      return refused(name, fmt::format("at most {} {} records", kSetRecordsMax, type_text(type)));
    }
    if (set == nullptr && known->sets.size() == kTypesMax) {
      return refused(name, fmt::format("records of at most {} types", kTypesMax));
    }
  }
  const base::Result<Node*> made = node_for(name);
  if (!made) return made.error();
  Node& node = **made;
  const auto set =
      std::find_if(node.sets.begin(), node.sets.end(), [type](const RecordSet& each) { return each.type == type; });
  if (set == node.sets.end()) {
    node.sets.push_back({type, ttl_seconds, {std::move(data)}});
  } else if (std::find(set->data.begin(), set->data.end(), data) == set->data.end()) {
    set->data.push_back(std::move(data));
  }
  has_cuts_ = has_cuts_ || (type == Type::kNs && !is_apex);
  return {};
}

base::Result<void> Zone::add_geo(const Name& name, GeoName geo) {
  if (const Node* const known = at(name.wire())) {
    if (known->geo) return refused(name, "it has a pool already");
    for (const RecordSet& set : known->sets) {
      if (set.type == Type::kCname || is_address(set.type)) {
        return refused(name, fmt::format("it has a pool and {} records", type_text(set.type)));
      }
    }
  }
  const base::Result<Node*> node = node_for(name);
  if (!node) return node.error();
  (*node)->geo = std::move(geo);
  has_geo_names_ = true;
  return {};
}

base::Result<void> Zone::publish(std::shared_ptr<const keys::Keys> keys) {
  const Node& apex = *at(apex_.wire());
  for (const Type type : {Type::kDnskey, Type::kCdnskey, Type::kCds}) {
    if (apex.find(type) != nullptr) {
      return refused(apex_, fmt::format("its {} records are those of its keys (dnssec.key)", type_text(type)));
    }
  }
  for (const keys::Key& key : keys->all()) {
    for (const auto& [type, data] : {std::pair(Type::kDnskey, key.dnskey()), std::pair(Type::kCdnskey, key.dnskey()),
                                     std::pair(Type::kCds, key.ds(apex_))}) {
      if (base::Result<void> added = add(apex_, type, keys::kKeysTtlSeconds, data); !added) return added;
    }
  }
  keys_ = std::move(keys);
  return {};
}

/// The topmost cut at or above a name; empty: there is none.
std::string_view Zone::cut_above(std::string_view lower_name, Type type) const {
  std::string_view out;
  std::string_view name = lower_name;
  while (name.size() > apex_.wire().size()) {
    const bool is_parents_side = type == Type::kDs && name.size() == lower_name.size();
    const Node* const node = is_parents_side ? nullptr : at(name);
    if (node != nullptr && node->find(Type::kNs) != nullptr) out = name;
    name.remove_prefix(first_label_bytes(name));
  }
  return out;
}

Found Zone::find(std::string_view lower_name, Type type) const {
  if (has_cuts_) {
    const std::string_view cut = cut_above(lower_name, type);
    if (!cut.empty()) return {Found::Kind::kDelegated, at(cut), cut, false};
  }
  if (const Node* const node = at(lower_name)) return {Found::Kind::kNode, node, {}, false};
  // The closest name that there is, and the wildcard right below it (RFC 4592 section 3.3.1).
  std::string_view above = lower_name;
  while (above.size() > apex_.wire().size()) {
    above.remove_prefix(first_label_bytes(above));
    if (at(above) != nullptr) break;
  }
  std::array<char, wire::dns::kNameBytesMax + 2> wildcard{'\1', '*'};
  above.copy(wildcard.data() + 2, above.size());
  const Node* const node = at({wildcard.data(), 2 + above.size()});
  if (node == nullptr) return {};
  return {Found::Kind::kNode, node, {}, true};
}

}  // namespace headgate::proxy::dns::zone
