#include "proxy/dns/zone/answer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "proxy/dns/zone/denial.h"
#include "proxy/dns/zone/records.h"

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

/// One question on its way to its answer.
class Answering {
 public:
  Answering(const Zone& zone, const Query& query, std::uint32_t turn, Chooser& chooser, Response& response,
            Signing* signing)
      : zone_(zone),
        query_(query),
        turn_(turn),
        chooser_(chooser),
        response_(response),
        signing_(signing),
        wants_signatures_(signing != nullptr && query.edns && query.edns->dnssec_ok) {}

  Verdict run();

 private:
  void follow(std::string_view name);
  void put(Section section, std::string_view owner, const RecordSet& set, std::uint32_t turn);
  void put_start(Section section, std::uint32_t ttl_seconds);
  void put_missing(const Node* node, std::string_view owner);
  void put_delegation(const Found& found);
  void put_any(std::string_view owner);
  bool put_addresses(const GeoName& geo, std::string_view owner);
  bool put_node(const Node& node, std::string_view owner);
  bool put_of_signing(const Node* node, std::string_view owner);
  void put_nsec(Section section, const Node* node, std::string_view owner);
  void sign(Section section, std::string_view owner, Type type, std::uint32_t ttl_seconds, Signing::Names names);
  std::uint32_t negative_ttl_seconds() const {
    return std::min(zone_.start().ttl_seconds, zone_.start().negative_ttl_seconds);
  }

  const Zone& zone_;
  const Query& query_;
  const std::uint32_t turn_;
  Chooser& chooser_;
  Response& response_;
  Signing* const signing_;
  const bool wants_signatures_;
  Signing::Names names_ = Signing::Names::kOfZone;  // of which the name is that is looked at
  bool lacks_signature_ = false;
  Verdict verdict_;
};

/// Signs what was added.
void Answering::sign(Section section, std::string_view owner, Type type, std::uint32_t ttl_seconds,
                     Signing::Names names) {
  const std::span<const std::string_view> signatures = signing_->sign(owner, type, ttl_seconds, names);
  lacks_signature_ = lacks_signature_ || signatures.empty();
  for (const std::string_view each : signatures) response_.record(section, owner, Type::kRrsig, ttl_seconds, each);
}

void Answering::put(Section section, std::string_view owner, const RecordSet& set, std::uint32_t turn) {
  const std::size_t count = set.data.size();
  const std::size_t first = count == 1 ? 0 : turn % count;
  const auto begin = std::next(set.data.begin(), static_cast<std::ptrdiff_t>(first));
  auto each = begin;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_name(set.type)) {
      response_.record_of_name(section, owner, set.type, set.ttl_seconds, *each);
    } else {
      response_.record(section, owner, set.type, set.ttl_seconds, *each);
    }
    if (++each == set.data.end()) each = set.data.begin();
  }
}

void Answering::put_start(Section section, std::uint32_t ttl_seconds) {
  const Start& start = zone_.start();
  const std::array<char, 20> all = soa_numbers(zone_.serial(), start.refresh_seconds, start.retry_seconds,
                                               start.expire_seconds, start.negative_ttl_seconds);
  const std::string_view numbers(all.data(), all.size());
  // As the end of the question that it is, so that it is not looked for.
  const std::string_view asked = query_.lower_name();
  const std::string_view apex = asked.substr(asked.size() - zone_.apex().wire().size());
  response_.record_of_soa(section, apex, ttl_seconds, start.primary.wire(), start.admin.wire(), numbers);
  if (!wants_signatures_) return;
  std::string data;
  data.reserve(start.primary.wire().size() + start.admin.wire().size() + numbers.size());
  data.append(start.primary.wire()).append(start.admin.wire()).append(numbers);
  signing_->add(data);
  sign(section, apex, Type::kSoa, ttl_seconds, Signing::Names::kOfZone);
}

void Answering::put_nsec(Section section, const Node* node, std::string_view owner) {
  const std::string data = nsec_data(zone_, node, owner, query_.type);
  response_.record(section, owner, Type::kNsec, negative_ttl_seconds(), data);
  if (!wants_signatures_) return;
  signing_->add(data);
  sign(section, owner, Type::kNsec, negative_ttl_seconds(), names_);
}

/// What is not there, and for how long it is not (RFC 2308 section 5).
void Answering::put_missing(const Node* node, std::string_view owner) {
  put_start(Section::kAuthority, negative_ttl_seconds());
  if (wants_signatures_) put_nsec(Section::kAuthority, node, owner);
  if (node != nullptr) return;
  const bool tells_by_nsec = wants_signatures_ && !query_.edns->compact_ok;
  if (!tells_by_nsec) verdict_.rcode = Rcode::kNxDomain;
}

/// The servers behind a cut, with the addresses of those that nobody else could tell (RFC 9471); whether what is behind
/// it is signed (RFC 4035 section 3.1.4).
void Answering::put_delegation(const Found& found) {
  const std::optional<RecordSet> servers = found.node->find(Type::kNs);
  put(Section::kAuthority, found.cut, *servers, 0);
  if (wants_signatures_) {
    if (const std::optional<RecordSet> keys = found.node->find(Type::kDs)) {
      put(Section::kAuthority, found.cut, *keys, 0);
      for (const std::string_view each : keys->data) signing_->add(each);
      sign(Section::kAuthority, found.cut, Type::kDs, keys->ttl_seconds, Signing::Names::kOfZone);
    } else {
      put_nsec(Section::kAuthority, &*found.node, found.cut);
    }
  }
  for (const std::string_view server : servers->data) {
    const std::optional<Node> glue = zone_.at(server);
    for (const Type type : {Type::kA, Type::kAaaa}) {
      const std::optional<RecordSet> set = glue ? glue->find(type) : std::nullopt;
      if (set) put(Section::kAdditional, server, *set, 0);
    }
  }
}

void Answering::put_any(std::string_view owner) {
  response_.record(Section::kAnswer, owner, Type::kHinfo, kAnyTtlSeconds, kAnyData);
  if (!wants_signatures_) return;
  signing_->add(kAnyData);
  sign(Section::kAnswer, owner, Type::kHinfo, kAnyTtlSeconds, names_);
}

bool Answering::put_addresses(const GeoName& geo, std::string_view owner) {
  const Addresses addresses = chooser_.choose(geo, query_.type);
  verdict_.geo = &geo;
  response_.set_scope_bits(addresses.scope_bits);
  if (addresses.data.empty()) return false;
  for (const std::string& each : addresses.data) {
    response_.record(Section::kAnswer, owner, query_.type, addresses.ttl_seconds, each);
  }
  if (wants_signatures_) {
    for (const std::string& each : addresses.data) signing_->add(each);
    sign(Section::kAnswer, owner, query_.type, addresses.ttl_seconds, names_);
  }
  return true;
}

/// What every name of a signed zone has, there or not; false: neither was asked for. Of all signatures one is enough
/// (RFC 8482 section 4.1 has that for ANY).
bool Answering::put_of_signing(const Node* node, std::string_view owner) {
  if (query_.type == Type::kNsec) {
    put_nsec(Section::kAnswer, node, owner);
    return true;
  }
  if (query_.type != Type::kRrsig) return false;
  const std::string data = nsec_data(zone_, node, owner, query_.type);
  signing_->add(data);
  sign(Section::kAnswer, owner, Type::kNsec, negative_ttl_seconds(), names_);
  return true;
}

/// False: there is nothing of that type at this node.
bool Answering::put_node(const Node& node, std::string_view owner) {
  const bool is_apex = owner == zone_.apex().wire();
  if (query_.type == Type::kAny && (is_apex || node.geo() != nullptr || node.size() != 0)) {
    put_any(owner);
    return true;
  }
  if (query_.type == Type::kSoa && is_apex) {
    put_start(Section::kAnswer, zone_.start().ttl_seconds);
    return true;
  }
  const bool wants_addresses = query_.type == Type::kA || query_.type == Type::kAaaa;
  if (wants_addresses && node.geo() != nullptr) return put_addresses(*node.geo(), owner);
  const std::optional<RecordSet> set = node.find(query_.type);
  if (!set) return false;
  put(Section::kAnswer, owner, *set, turn_);
  if (wants_signatures_) {
    for (const std::string_view each : set->data) signing_->add(each);
    sign(Section::kAnswer, owner, set->type, set->ttl_seconds, names_);
  }
  return true;
}

void Answering::follow(std::string_view name) {
  for (int aliases = 0;; ++aliases) {
    const Found found = zone_.find(name, query_.type);
    const bool is_asked = found.is_wildcard || found.kind == Found::Kind::kNoName;
    names_ = is_asked ? Signing::Names::kAsked : Signing::Names::kOfZone;
    if (found.kind == Found::Kind::kDelegated) {
      verdict_.is_authoritative = aliases > 0;  // AA is for the first name of the answer (RFC 1035 section 4.1.1)
      put_delegation(found);
      return;
    }
    if (signing_ != nullptr && put_of_signing(found.node ? &*found.node : nullptr, name)) return;
    if (found.kind == Found::Kind::kNoName) {
      put_missing(nullptr, name);
      return;
    }
    const std::optional<RecordSet> alias = found.node->find(Type::kCname);
    if (!alias || query_.type == Type::kCname || query_.type == Type::kAny) {
      if (!put_node(*found.node, name)) put_missing(&*found.node, name);
      return;
    }
    put(Section::kAnswer, name, *alias, 0);
    if (wants_signatures_) {
      signing_->add(alias->data.front());
      sign(Section::kAnswer, name, Type::kCname, alias->ttl_seconds, names_);
    }
    name = alias->data.front();
    if (!wire::dns::is_within(name, zone_.apex().wire()) || aliases == kAliasesMax) return;
  }
}

Verdict Answering::run() {
  if (query_.type == Type::kAxfr || query_.type == Type::kIxfr) {
    verdict_ = {Rcode::kRefused, false, nullptr};
    return verdict_;
  }
  if (query_.type == Type::kNxname) {
    verdict_ = {Rcode::kFormErr, false, nullptr};  // RFC 9824 section 3.5
    return verdict_;
  }
  if (wants_signatures_ && query_.edns->compact_ok) response_.set_compact_ok();
  follow(query_.lower_name());
  if (lacks_signature_) verdict_ = {Rcode::kServFail, false, verdict_.geo};
  if (lacks_signature_ || !response_.does_fit()) response_.forget_records();
  return verdict_;
}

}  // namespace

Verdict answer(const Zone& zone, const Query& query, std::uint32_t turn, Chooser& chooser, Response& response,
               Signing* signing) {
  return Answering(zone, query, turn, chooser, response, signing).run();
}

}  // namespace headgate::proxy::dns::zone
