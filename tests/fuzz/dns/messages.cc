// Messages of DNS: whatever comes is taken apart without a read beyond it, what was understood is inside its bounds,
// and an answer to it is well formed and no longer than it may be; so is what a dns listener says to it, of a signed
// zone too. Whatever name is asked for there, the name that a denial goes up to is one, and behind it.
#include <algorithm>
#include <array>
#include <memory>
#include <tuple>

#include "proxy/dns/keys/keys.h"
#include "proxy/dns/server/answerer.h"
#include "proxy/dns/server/identities.h"
#include "proxy/dns/zone/zone_builder.h"
#include "tests/fuzz/wire_fuzz.h"
#include "wire/dns/dnssec/records.h"
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

Name name(std::string_view text) {
  return *Name::parse(text);
}

/// The zone "a", with a geo name, a cut, an alias, a wildcard and more records than find room.
std::shared_ptr<const proxy::dns::zone::Zone> make_zone() {
  proxy::dns::zone::ZoneBuilder zone(name("a"), proxy::dns::zone::Start{name("ns.a"), name("h.a")});
  std::ignore = zone.add_geo(name("g.a"), {"pool", 30, 5, 0});
  std::ignore = zone.add(name("a"), Type::kNs, 60, std::string(name("ns.a").wire()));
  std::ignore = zone.add(name("c.a"), Type::kNs, 60, std::string(name("ns.c.a").wire()));
  std::ignore = zone.add(name("ns.c.a"), Type::kA, 60, "1234");
  std::ignore = zone.add(name("l.a"), Type::kCname, 60, std::string(name("g.a").wire()));
  std::ignore = zone.add(name("*.w.a"), Type::kTxt, 60, "\1w");
  for (char i = 0; i < 120; ++i) std::ignore = zone.add(name("m.a"), Type::kAaaa, 60, std::string(15, 'm') + i);
  std::ignore = zone.publish(*proxy::dns::keys::Keys::parse(*proxy::dns::keys::Key::make_pem()));
  return std::make_shared<const proxy::dns::zone::Zone>(zone.build());
}

proxy::dns::server::Answerer make_answerer() {
  using namespace proxy;
  const auto config = std::make_shared<config::Config>();
  config->listeners.resize(1);
  config->dns.version = "v";
  config->dns.responses_per_second = 1e9;
  config->geo.regions.resize(2);
  config->geo.regions[0].name = "eu";
  config->geo.regions[0].addresses = {{base::IpAddress::v4(1)}, {base::IpAddress::v6({1})}};
  config->geo.regions[1].name = "us";
  config->geo.regions[1].addresses = {{base::IpAddress::v4(2)}, {base::IpAddress::v4(3)}};
  const auto regions = std::make_shared<const geoip::Regions>(
      std::vector<geoip::Regions::Region>{{"eu", {}, {}, {}}, {"us", {}, {}, {}}},
      std::vector<geoip::Regions::Network>{{*base::IpNetwork::parse("0.0.0.0/1"), "eu"}}, "us");
  const std::vector<regions::PoolMembers> members(1);
  auto map = std::make_shared<const regions::ServingMap>(
      regions::ServingMap::Source{*regions, {}, config->geo.regions, {}, members});
  auto atlas = std::make_shared<geo::AtlasShare>(
      std::make_shared<const geoip::Atlas>(std::vector<std::shared_ptr<const geoip::Database>>{}, regions),
      std::make_shared<base::PerWorker<geo::LookupCounters>>(1));
  dns::server::Identities identities(1, 1, dns::server::Identities::Files::kNone);
  auto site = identities.site_of(config, 0, {{make_zone()}, atlas, std::make_shared<regions::RegionsShare>(map)});
  static dns::sign::Signer signer;
  return dns::server::Answerer(*site, 0, 1, signer, nullptr, {});
}

/// A dns listener's answer: none to what is no query, and otherwise one that is bounded, and none to itself.
void ask_listener(std::string_view message, const Query& query, Sense sense) {
  using proxy::dns::server::Answerer;
  using proxy::dns::server::Transport;
  static Answerer answerer = make_answerer();
  const proxy::dns::server::Moment now{base::Time(base::Duration(1)), base::WallTime(base::Duration(1))};
  std::array<char, 4096> room;
  for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
    const std::size_t bytes = answerer.answer(message, base::IpAddress::v4(0x7f000001), transport, now, room);
    require((bytes != 0) == (sense != Sense::kNothing), "who asks is answered, and nobody else");
    if (bytes == 0) continue;
    require(bytes <= (transport == Transport::kUdp ? Answerer::kUdpBytesMax : room.size()), "the answer is bounded");
    require(room[0] == message[0] && room[1] == message[1], "the id is repeated");
    require(message.substr(kHeaderBytes, query.name.size()) ==
                    std::string_view(room.data() + kHeaderBytes, query.name.size()) ||
                query.name.empty(),
            "the question is repeated");
    Query none;
    require(parse_query({room.data(), bytes}, none) == Sense::kNothing, "an answer is no question");
  }
}

void deny(const Name& name) {
  const Name zone = name.labels() > 2 ? name.parent().parent() : Name();
  for (const bool skips_below : {false, true}) {
    std::string next;
    dnssec::append_successor(name.wire(), zone.wire(), skips_below, next);
    require(name_bytes(next) == next.size(), "the next name is a name");
    require(is_within(next, zone.wire()), "the next name is of the zone");
    require(next == zone.wire() || dnssec::comes_before(name.wire(), next), "the next name is behind the name");
    require(!dnssec::comes_before(next, name.wire()) || next == zone.wire(), "no name is behind itself");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> exact(bytes, bytes + size);
  const std::string_view message(exact.data(), exact.size());
  Query query;
  const Sense sense = parse_query(message, query);
  ask_listener(message, query, sense);
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
    deny(*name);
  }
  if (query.edns && query.edns->subnet) {
    const ClientSubnet& subnet = *query.edns->subnet;
    require(subnet.address.masked(subnet.source_bits) == subnet.address, "nothing is set beyond the prefix");
  }
  for (const std::size_t bytes_max : {0, 512, 700, 2048}) answer(query, bytes_max);
  return 0;
}
