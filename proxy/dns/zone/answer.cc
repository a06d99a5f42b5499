#include "proxy/dns/zone/answer.h"

#include <algorithm>

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Query;
using wire::dns::Rcode;
using wire::dns::Response;
using wire::dns::Section;
using wire::dns::Type;

constexpr std::uint32_t kAnyTtlSeconds = 3600;
constexpr std::string_view kAnyData("\7RFC8482\0", 9);

bool is_name(Type type) {
  return type == Type::kNs || type == Type::kCname || type == Type::kPtr;
}

void put(Section section, std::string_view owner, const RecordSet& set, std::uint32_t turn, Response& response) {
  const std::size_t count = set.data.size();
  const std::size_t first = count == 1 ? 0 : turn % count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& data = set.data[(first + i) % count];
    if (is_name(set.type)) {
      response.record_of_name(section, owner, set.type, set.ttl_seconds, data);
    } else {
      response.record(section, owner, set.type, set.ttl_seconds, data);
    }
  }
}

void put_start(Section section, const Zone& zone, std::uint32_t ttl_seconds, Response& response) {
  const Start& start = zone.start();
  const std::string numbers = soa_numbers(zone.serial(), start.refresh_seconds, start.retry_seconds,
                                          start.expire_seconds, start.negative_ttl_seconds);
  response.record_of_soa(section, zone.apex().wire(), ttl_seconds, start.primary.wire(), start.admin.wire(), numbers);
}

/// For how long it is not there (RFC 2308 section 5).
void put_negative(const Zone& zone, Response& response) {
  const Start& start = zone.start();
  put_start(Section::kAuthority, zone, std::min(start.ttl_seconds, start.negative_ttl_seconds), response);
}

/// The servers behind a cut, with the addresses of those that nobody else could tell (RFC 9471).
void put_delegation(const Zone& zone, const Found& found, Response& response) {
  const RecordSet* const servers = found.node->find(Type::kNs);
  put(Section::kAuthority, found.cut, *servers, 0, response);
  for (const std::string& server : servers->data) {
    const Node* const glue = zone.at(server);
    for (const Type type : {Type::kA, Type::kAaaa}) {
      const RecordSet* const set = glue == nullptr ? nullptr : glue->find(type);
      if (set != nullptr) put(Section::kAdditional, server, *set, 0, response);
    }
  }
}

/// False: there is nothing of that type at this node.
bool put_node(const Zone& zone, const Node& node, std::string_view owner, const Query& query, std::uint32_t turn,
              Chooser& chooser, Response& response, Verdict& verdict) {
  const bool is_apex = owner == zone.apex().wire();
  if (query.type == Type::kAny && (is_apex || node.geo || !node.sets.empty())) {
    response.record(Section::kAnswer, owner, Type::kHinfo, kAnyTtlSeconds, kAnyData);
    return true;
  }
  if (query.type == Type::kSoa && is_apex) {
    put_start(Section::kAnswer, zone, zone.start().ttl_seconds, response);
    return true;
  }
  if (node.geo && (query.type == Type::kA || query.type == Type::kAaaa)) {
    const Addresses addresses = chooser.choose(*node.geo, query.type);
    verdict.geo = &*node.geo;
    response.set_scope_bits(addresses.scope_bits);
    for (const std::string& each : addresses.data) {
      response.record(Section::kAnswer, owner, query.type, addresses.ttl_seconds, each);
    }
    return !addresses.data.empty();
  }
  const RecordSet* const set = node.find(query.type);
  if (set != nullptr) put(Section::kAnswer, owner, *set, turn, response);
  return set != nullptr;
}

}  // namespace

Verdict answer(const Zone& zone, const Query& query, std::uint32_t turn, Chooser& chooser, Response& response) {
  Verdict out;
  if (query.type == Type::kAxfr || query.type == Type::kIxfr) {
    out.rcode = Rcode::kRefused;
    out.is_authoritative = false;
    return out;
  }
  std::string_view name = query.lower_name();
  for (int aliases = 0;; ++aliases) {
    const Found found = zone.find(name, query.type);
    if (found.kind == Found::Kind::kNoName) {
      out.rcode = Rcode::kNxDomain;
      put_negative(zone, response);
      break;
    }
    if (found.kind == Found::Kind::kDelegated) {
      out.is_authoritative = aliases > 0;  // AA is for the first name of the answer (RFC 1035 section 4.1.1)
      put_delegation(zone, found, response);
      break;
    }
    const RecordSet* const alias = found.node->find(Type::kCname);
    if (alias != nullptr && query.type != Type::kCname && query.type != Type::kAny) {
      put(Section::kAnswer, name, *alias, 0, response);
      name = alias->data.front();
      if (!wire::dns::is_within(name, zone.apex().wire()) || aliases == kAliasesMax) break;
      continue;
    }
    if (!put_node(zone, *found.node, name, query, turn, chooser, response, out)) put_negative(zone, response);
    break;
  }
  if (!response.does_fit()) response.forget_records();
  return out;
}

}  // namespace headgate::proxy::dns::zone
