#include "proxy/dns/zone/zone_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "proxy/dns/keys/keys.h"

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Name;
using wire::dns::Type;

/// Of a name besides itself: its length, its index among geo names, its count of sets.
constexpr std::size_t kNameHeadBytes = 1 + sizeof(std::uint32_t) + sizeof(std::uint16_t);

base::Error refused(const Name& name, std::string_view why) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("{}: {}", name.text(), why)};
}

bool is_address(Type type) {
  return type == Type::kA || type == Type::kAaaa;
}

template <typename Number, typename Bytes>
void append_number(std::size_t value, Bytes& out) {
  const auto number = static_cast<Number>(value);
  const auto* const bytes = reinterpret_cast<const char*>(&number);
  out.insert(out.end(), bytes, bytes + sizeof number);
}

template <typename Bytes>
void append_bytes(std::string_view bytes, Bytes& out) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

ZoneBuilder::ZoneBuilder(Name apex, Start start, std::shared_ptr<const Serial> serial, std::size_t bytes_max)
    : apex_(std::move(apex)), start_(std::move(start)), serial_(std::move(serial)), bytes_max_(bytes_max) {
  drafts_.try_emplace(std::string(apex_.wire()));
  bytes_ = 1 + kNameHeadBytes + apex_.wire().size();
}

const ZoneBuilder::Set* ZoneBuilder::Draft::find(Type type) const {
  const auto found = std::ranges::find(sets, type, &Set::type);
  return found == sets.end() ? nullptr : &*found;
}

const ZoneBuilder::Draft* ZoneBuilder::known(const Name& name) const {
  const auto found = drafts_.find(name.wire());
  return found == drafts_.end() ? nullptr : &found->second;
}

/// Makes the names between it and the apex as well: they exist, though they may have nothing.
base::Result<ZoneBuilder::Draft*> ZoneBuilder::draft_for(const Name& name, std::size_t more_bytes) {
  if (!name.is_within(apex_)) return refused(name, fmt::format("it is not in the zone {}", apex_.text()));
  std::size_t bytes = bytes_ + more_bytes;
  for (Name above = name; known(above) == nullptr; above = above.parent())
    bytes += kNameHeadBytes + above.wire().size();
  if (bytes > bytes_max_) {
    return refused(name, fmt::format("with it the zone has over {} bytes of names and records", bytes_max_));
  }
  bytes_ = bytes;
  for (Name above = name; known(above) == nullptr; above = above.parent()) {
    drafts_.try_emplace(std::string(above.wire()));
  }
  return &drafts_.find(name.wire())->second;
}

base::Result<void> ZoneBuilder::add(const Name& name, Type type, std::uint32_t ttl_seconds, std::string data) {
  const bool is_apex = name == apex_;
  if (type == Type::kSoa) return refused(name, "its SOA record is the zone's own");
  if (type == Type::kCname && is_apex)
    return refused(name, "there can be no CNAME at a zone's own name (RFC 1034 3.6.2)");
  if (data.size() > kDataBytesMax) return refused(name, fmt::format("a record of over {} bytes", kDataBytesMax));
  std::size_t more_bytes = Node::kSetHeadBytes;
  if (const Draft* const before = known(name)) {
    const bool is_alias = before->find(Type::kCname) != nullptr;
    const bool has_others =
        before->geo || std::ranges::any_of(before->sets, [](const Set& set) { return set.type != Type::kCname; });
    if (type == Type::kCname ? is_alias || has_others : is_alias) {
      return refused(name, "a CNAME stands alone at its name (RFC 1034 section 3.6.2)");
    }
    if (before->geo && is_address(type)) return refused(name, "its addresses are those of its pool");
    const Set* const set = before->find(type);
    if (set != nullptr && set->ttl_seconds != ttl_seconds) {
      return refused(name, fmt::format("its {} records have different TTLs (RFC 2181 section 5.2)", type_text(type)));
    }
    if (set != nullptr && std::ranges::find(set->data, data) != set->data.end()) return {};
    if (set != nullptr && set->data.size() == kSetRecordsMax) {
      return refused(name, fmt::format("at most {} {} records", kSetRecordsMax, type_text(type)));
    }
    if (set == nullptr && before->sets.size() == kTypesMax) {
      return refused(name, fmt::format("records of at most {} types", kTypesMax));
    }
    if (set != nullptr) more_bytes = 0;
  }
  const base::Result<Draft*> draft = draft_for(name, more_bytes + sizeof(std::uint16_t) + data.size());
  if (!draft) return draft.error();
  std::vector<Set>& sets = (*draft)->sets;
  const auto set = std::ranges::find(sets, type, &Set::type);
  if (set == sets.end()) {
    sets.push_back({type, ttl_seconds, {}});
    sets.back().data.push_back(std::move(data));
  } else {
    set->data.push_back(std::move(data));
  }
  return {};
}

base::Result<void> ZoneBuilder::add_geo(const Name& name, GeoName geo) {
  if (const Draft* const before = known(name)) {
    if (before->geo) return refused(name, "it has a pool already");
    for (const Set& set : before->sets) {
      if (set.type == Type::kCname || is_address(set.type)) {
        return refused(name, fmt::format("it has a pool and {} records", type_text(set.type)));
      }
    }
  }
  const base::Result<Draft*> draft = draft_for(name, 0);
  if (!draft) return draft.error();
  (*draft)->geo = std::move(geo);
  return {};
}

base::Result<void> ZoneBuilder::publish(std::shared_ptr<const keys::Keys> keys) {
  const Draft& apex = *known(apex_);
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

void ZoneBuilder::append(std::string_view name, std::uint32_t geo, const Draft& draft, Zone::Bytes& out) {
  append_number<std::uint8_t>(name.size(), out);
  append_bytes(name, out);
  append_number<std::uint32_t>(geo, out);
  append_number<std::uint16_t>(draft.sets.size(), out);
  for (const Set& set : draft.sets) {
    std::size_t bytes = 0;
    for (const std::string& each : set.data) bytes += sizeof(std::uint16_t) + each.size();
    append_number<std::uint16_t>(static_cast<std::size_t>(set.type), out);
    append_number<std::uint16_t>(set.data.size(), out);
    append_number<std::uint32_t>(set.ttl_seconds, out);
    append_number<std::uint32_t>(bytes, out);
    for (const std::string& each : set.data) {
      append_number<std::uint16_t>(each.size(), out);
      append_bytes(each, out);
    }
  }
}

Zone ZoneBuilder::build() const {
  Zone zone(apex_, start_);
  zone.serial_ = serial_;
  zone.keys_ = keys_;
  zone.names_ = drafts_.size();
  // At most two thirds of them are taken, so that searches end soon.
  zone.places_.resize(std::bit_ceil(drafts_.size() + drafts_.size() / 2 + 1));
  zone.bytes_.reserve(bytes_);
  zone.bytes_.push_back('\0');
  const std::size_t mask = zone.places_.size() - 1;
  std::map<GeoName, std::uint32_t> geo_names;
  for (const auto& [name, draft] : drafts_) {
    const std::uint64_t hash = Zone::hash_of(name);
    std::size_t i = hash & mask;
    while (zone.places_[i].at != 0) i = (i + 1) & mask;
    zone.places_[i] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(zone.bytes_.size())};
    std::uint32_t geo = Zone::kNoGeo;
    if (draft.geo) {
      const auto [same, is_new] = geo_names.try_emplace(*draft.geo, static_cast<std::uint32_t>(zone.geo_.size()));
      if (is_new) zone.geo_.push_back(*draft.geo);
      geo = same->second;
    }
    append(name, geo, draft, zone.bytes_);
    zone.has_cuts_ = zone.has_cuts_ || (name != apex_.wire() && draft.find(Type::kNs) != nullptr);
    zone.has_wildcards_ = zone.has_wildcards_ || name.starts_with(std::string_view("\1*", 2));
  }
  return zone;
}

}  // namespace headgate::proxy::dns::zone
