#include "proxy/explain/lookup/explain_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/suggest.h"
#include "proxy/balance/region/order.h"
#include "proxy/dns/server/chooser.h"
#include "proxy/dns/server/zone_index.h"
#include "proxy/dns/zone/answer.h"
#include "proxy/explain/lookup/records.h"
#include "proxy/explain/place/place_part.h"
#include "wire/dns/query.h"
#include "wire/dns/response.h"

namespace headgate::proxy::explain::lookup {
namespace {

using dns::zone::Found;
using dns::zone::Node;
using dns::zone::Zone;
using wire::dns::Name;
using wire::dns::Query;
using wire::dns::Rcode;
using wire::dns::Type;

base::Error invalid(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

void put_u16(std::size_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

/// A question as a resolver sends it that names its client's address (RFC 7871 section 6).
std::string message_of(const Name& name, Type type, const base::IpAddress& from) {
  const std::size_t address_bytes = from.is_v4() ? 4 : 16;
  std::string out(4, '\0');
  for (const std::size_t count : {1, 0, 0, 1}) put_u16(count, out);
  out += name.wire();
  put_u16(static_cast<std::size_t>(type), out);
  put_u16(static_cast<std::size_t>(wire::dns::Class::kIn), out);
  out += '\0';
  put_u16(static_cast<std::size_t>(Type::kOpt), out);
  put_u16(0xffff, out);
  out.append(4, '\0');
  put_u16(8 + address_bytes, out);
  put_u16(static_cast<std::size_t>(wire::dns::Option::kClientSubnet), out);
  put_u16(4 + address_bytes, out);
  put_u16(from.is_v4() ? 1 : 2, out);
  out += static_cast<char>(address_bytes * 8);
  out += '\0';
  out.append(reinterpret_cast<const char*>(from.bytes().data()) + 16 - address_bytes, address_bytes);
  return out;
}

std::string count_text(std::uint32_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

/// One question on its way through.
class Explaining {
 public:
  Explaining(const Surroundings& around, const Name& name, Type type, const base::IpAddress& from)
      : around_(around),
        name_(name),
        type_(type),
        from_(from),
        index_(around.zones),
        chooser_(around.atlas, around.regions, geo::Desk::kNoWorker, 0) {}

  Lookup run();

 private:
  const Zone* find_zone();
  void follow_names(const Zone& zone);
  NamePart name_part(const Zone& zone, std::string_view name, const Found& found) const;
  void answer(const Zone* zone);
  void explain_choice(const dns::zone::GeoName& geo);
  bool states_regions(const dns::zone::GeoName& geo) const;
  RegionPart region_part(const regions::ServingMap& map, const dns::zone::GeoName& geo, geoip::RegionIndex region,
                         const regions::Serving& serving, bool is_behind, bool is_first) const;
  std::string why_text(Rcode rcode) const;

  const Surroundings& around_;
  const Name& name_;
  const Type type_;
  const base::IpAddress& from_;
  dns::server::ZoneIndex index_;
  dns::server::RegionChooser chooser_;
  Lookup out_;
};

const Zone* Explaining::find_zone() {
  const Zone* const zone = index_.find(name_.wire(), type_);
  ZonePart& part = out_.zone;
  if (zone == nullptr) {
    std::vector<std::string> names;
    for (const config::DnsZone& each : around_.config.dns.zones) names.push_back(each.name);
    // The name's own end of as many labels is what a zone may be mistaken for.
    for (Name above = name_; !above.is_root() && part.suggestion.empty(); above = above.parent()) {
      part.suggestion = base::suggestion_for(above.text(), names);
    }
    return nullptr;
  }
  const auto at = std::ranges::find_if(around_.zones, [zone](const auto& each) { return each.get() == zone; });
  const config::DnsZone& settings = around_.config.dns.zones[static_cast<std::size_t>(at - around_.zones.begin())];
  part.found = true;
  part.name = zone->apex().text();
  part.line = settings.place.line;
  part.file = settings.file;
  part.names = static_cast<std::uint32_t>(zone->names());
  part.serial = zone->serial();
  part.is_signed = !settings.dnssec_key.empty();
  for (const config::Listener& listener : around_.config.listeners) {
    if (std::ranges::find(listener.zones, settings.name) == listener.zones.end()) continue;
    std::string binds;
    for (const base::Endpoint& bind : listener.bind) binds += (binds.empty() ? "" : ", ") + bind.text();
    part.listeners.push_back(fmt::format("{} on {}", listener.name, binds));
  }
  return zone;
}

NamePart Explaining::name_part(const Zone& zone, std::string_view name, const Found& found) const {
  NamePart out;
  out.name = wire::dns::name_text(name);
  if (found.kind == Found::Kind::kNoName) {
    out.kind = "missing";
    return out;
  }
  if (found.kind == Found::Kind::kDelegated) {
    out.kind = "delegated";
    out.by = wire::dns::name_text(found.cut);
    return out;
  }
  if (found.is_wildcard) {
    // The closest name that there is: the first below which a wildcard stands.
    for (Name above = Name::take(name)->parent(); zone.apex() != above || out.by.empty(); above = above.parent()) {
      const std::optional<Name> wildcard = above.child("*");
      if (wildcard && zone.at(wildcard->wire()) == found.node) out.by = wildcard->text();
      if (!out.by.empty() || above == zone.apex()) break;
    }
  }
  for (const dns::zone::RecordSet& set : *found.node) out.types.push_back(wire::dns::type_text(set.type));
  const std::optional<dns::zone::RecordSet> alias = found.node->find(Type::kCname);
  if (alias) {
    out.kind = "alias";
    out.leads_to = wire::dns::name_text(alias->data.front());
  } else if (found.node->geo() != nullptr) {
    out.kind = "geo";
    out.pool = found.node->geo()->pool;
  } else {
    const bool is_apex = name == zone.apex().wire();
    out.kind = out.types.empty() && !is_apex ? "empty" : "records";
  }
  if (name == zone.apex().wire()) out.types.insert(out.types.begin(), "SOA");
  return out;
}

/// As zone::answer() does.
void Explaining::follow_names(const Zone& zone) {
  std::string name(name_.wire());
  for (int aliases = 0;; ++aliases) {
    const Found found = zone.find(name, type_);
    out_.names.push_back(name_part(zone, name, found));
    if (out_.names.back().kind != "alias" || type_ == Type::kCname || type_ == Type::kAny) return;
    name = found.node->find(Type::kCname)->data.front();
    if (!wire::dns::is_within(name, zone.apex().wire()) || aliases == dns::zone::kAliasesMax) return;
  }
}

std::string Explaining::why_text(Rcode rcode) const {
  if (!out_.zone.found) {
    return around_.zones.empty() ? "the configuration has no zones" : "the name is in none of the zones";
  }
  if (type_ == Type::kAxfr || type_ == Type::kIxfr) return "zones are not transferred";
  const NamePart& last = out_.names.back();
  if (rcode == Rcode::kNxDomain) return "there is no such name, nor one below it, nor a wildcard that stands for it";
  if (last.kind == "delegated") {
    return fmt::format("{} and what is below belongs to other servers; who asks is sent there", last.by);
  }
  if (last.kind == "alias" && type_ != Type::kCname && type_ != Type::kAny) {
    return fmt::format("{} is not in this zone, or too many aliases led to it: a resolver asks for it anew",
                       last.leads_to);
  }
  if (type_ == Type::kAny) return "of all records one is enough for who asks for any (RFC 8482)";
  const bool has_answer = std::ranges::any_of(out_.answer.records, [](const RecordPart& record) {
    return record.section == "answer" && record.type != "CNAME";
  });
  if (has_answer || type_ == Type::kCname) return {};
  if (last.kind == "geo" && (type_ == Type::kA || type_ == Type::kAaaa)) {
    return fmt::format("the region has no {} address: the name is there, and of this type there is nothing",
                       type_ == Type::kA ? "IPv4" : "IPv6");
  }
  return fmt::format("the name is there, and of type {} there is nothing", wire::dns::type_text(type_));
}

/// Whether some backend of the pool stands in a region: where none does, the region's state alone decides.
bool Explaining::states_regions(const dns::zone::GeoName& geo) const {
  const geoip::Regions& all = around_.atlas->regions();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (around_.sight(geo.pool, all.name_of(static_cast<geoip::RegionIndex>(i))).backends > 0) return true;
  }
  return false;
}

RegionPart Explaining::region_part(const regions::ServingMap& map, const dns::zone::GeoName& geo,
                                   geoip::RegionIndex region, const regions::Serving& serving, bool is_behind,
                                   bool is_first) const {
  RegionPart out;
  const geoip::Regions& all = around_.atlas->regions();
  out.name = all.name_of(region);
  const regions::Standing standing = map.standing_of(region);
  out.state = balance::region::to_string(standing.state);
  for (const config::RegionAddress& each : map.healthy(geo.pool_index, region)) {
    out.addresses.push_back(each.address.text());
  }
  const Sight sight = around_.sight(geo.pool, out.name);
  out.backends = sight.backends;
  out.healthy = sight.healthy;
  out.serves = !serving.is_last_resort && serving.region == region;
  const std::string in_it = sight.backends > 0    ? fmt::format("{} of {} of pool {} healthy", sight.healthy,
                                                                count_text(sight.backends, "backend"), geo.pool)
                            : states_regions(geo) ? fmt::format("pool {} has no backend in it", geo.pool)
                                                  : fmt::format("pool {} has backends of no region", geo.pool);
  out.why = out.state;
  const bool is_well = standing.state == regions::State::kUp && !standing.is_failing;
  if (!sight.why.empty() && !is_well) out.why += ": " + sight.why;
  out.why += "; " + in_it;
  if (out.serves && serving.in_panic) out.why += ", which is not looked at (panic_below)";
  if (out.serves) {
    out.why += is_first ? "; the nearest" : "; the nearest that can";
  } else if (serving.is_last_resort) {
    out.why += "; cannot serve";
  } else if (is_behind) {
    out.why += "; further away";
  } else {
    out.why += "; passed over";
  }
  return out;
}

void Explaining::explain_choice(const dns::zone::GeoName& geo) {
  const dns::server::Choice& choice = chooser_.choice();
  out_.place = place::place_part_of(around_.atlas.get(), from_, {});
  ChoicePart& part = out_.choice.emplace();
  part.pool = geo.pool;
  part.is_last_resort = choice.serving.is_last_resort;
  part.is_failing = choice.serving.is_failing;
  if (around_.atlas && choice.has_region()) part.region = around_.atlas->regions().name_of(choice.serving.region);
  const bool is_lowered = part.is_failing || !choice.has_region();
  part.ttl_seconds = is_lowered ? std::min(geo.ttl_seconds, geo.failing_ttl_seconds) : geo.ttl_seconds;
  if (part.is_last_resort) {
    part.ttl_why = fmt::format("lowered from {}s: no region can serve", geo.ttl_seconds);
  } else if (choice.serving.in_panic) {
    part.ttl_why = fmt::format("lowered from {}s: pool {} is in panic", geo.ttl_seconds, geo.pool);
  } else if (is_lowered) {
    part.ttl_why = fmt::format("lowered from {}s: the region that would serve fails", geo.ttl_seconds);
  }
  if (!around_.atlas || !around_.regions) return;
  const std::shared_ptr<const regions::ServingMap> map = around_.regions->map();
  const geoip::Regions& all = around_.atlas->regions();
  std::vector<geoip::RegionIndex> order(all.order_from(choice.client.region).begin(),
                                        all.order_from(choice.client.region).end());
  if (order.empty()) {
    const geoip::RegionIndex home = all.find(around_.config.region);
    order.assign(all.order_from(home).begin(), all.order_from(home).end());
  }
  for (std::size_t i = 0; order.empty() && i < all.size(); ++i) order.push_back(static_cast<geoip::RegionIndex>(i));
  bool is_behind = false;
  for (const geoip::RegionIndex region : order) {
    part.regions.push_back(region_part(*map, geo, region, choice.serving, is_behind, part.regions.empty()));
    is_behind = is_behind || part.regions.back().serves;
  }
}

void Explaining::answer(const Zone* zone) {
  const std::string message = message_of(name_, type_, from_);
  Query query;
  if (wire::dns::parse_query(message, query) != wire::dns::Sense::kAsked) {
    base::invariant_broken("a question of DNS that headgate made is none");
  }
  std::vector<char> room(0xffff);
  wire::dns::Response response(query, room, room.size());
  dns::zone::Verdict verdict;
  chooser_.ask_for(query, from_);
  if (zone != nullptr) {
    verdict = dns::zone::answer(*zone, query, 0, chooser_, response);
  } else {
    verdict.rcode = Rcode::kRefused;
    verdict.is_authoritative = false;
  }
  out_.answer.rcode = wire::dns::to_string(verdict.rcode);
  out_.answer.is_authoritative = verdict.is_authoritative;
  out_.answer.records = records_of({room.data(), response.finish(verdict.rcode, verdict.is_authoritative)});
  if (verdict.geo != nullptr) {
    explain_choice(*verdict.geo);
    // What was given, asked for once more.
    const auto scope = static_cast<int>(chooser_.choose(*verdict.geo, type_).scope_bits);
    out_.answer.scope_bits = static_cast<std::uint32_t>(scope);
    out_.answer.scope = base::IpNetwork{from_.masked(scope), scope}.text();
  }
  out_.answer.why = why_text(verdict.rcode);
}

Lookup Explaining::run() {
  out_.configuration = around_.config.file;
  out_.live = around_.live;
  out_.at = base::rfc3339(around_.at);
  out_.asked = {name_.text(), wire::dns::type_text(type_), from_.text()};
  const Zone* const zone = find_zone();
  if (zone != nullptr) follow_names(*zone);
  answer(zone);
  return std::move(out_);
}

}  // namespace

base::Result<Lookup> explain(const Question& question, const Surroundings& around) {
  const base::Result<Name> name = Name::parse(question.name);
  if (!name) return name.error();
  const std::optional<Type> type = wire::dns::type_of(question.type);
  if (!type || *type == Type::kOpt || static_cast<std::uint16_t>(*type) == 0) {
    return invalid(
        fmt::format("'{}' is no type to ask for; A, AAAA, NS, SOA, TXT, CNAME, CAA, SRV, MX, PTR, DS and ANY "
                    "are, and TYPE65 for others",
                    question.type));
  }
  return Explaining(around, *name, *type, question.from).run();
}

Sight configured_sight(const config::Config& config, std::string_view pool, std::string_view region) {
  Sight out;
  const auto found = std::ranges::find(config.pools, pool, &config::Pool::name);
  if (found == config.pools.end()) return out;
  for (const config::Backend& backend : found->backends) {
    if (backend.region != region) continue;
    ++out.backends;
    if (!backend.drain && backend.weight > 0) ++out.healthy;
  }
  return out;
}

}  // namespace headgate::proxy::explain::lookup
