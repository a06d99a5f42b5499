#pragma once
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/dns/server/answerer.h"
#include "proxy/dns/server/identities.h"
#include "proxy/dns/zone/records.h"
#include "proxy/dns/zone/zone_builder.h"
#include "tests/unit/wire/dns/messages.h"
#include "wire/dns/bytes.h"

// A dns listener made by hand: the zone example.com, with a geo name of two regions, and some that are the same for
// everybody.
namespace headgate::proxy::dns::server::testing {

inline base::IpAddress ip(std::string_view text) {
  return *base::IpAddress::parse(text);
}
inline wire::dns::Name name(std::string_view text) {
  return *wire::dns::Name::parse(text);
}

/// An answer, as far as tests look at it.
struct Told {
  bool is_answered = false;
  unsigned id = 0;
  unsigned rcode = 0;
  bool is_authoritative = false;
  bool is_truncated = false;
  std::string question;              ///< the name as it was repeated
  std::vector<std::string> answers;  ///< data of the records
  std::vector<std::uint32_t> ttls;
  unsigned authorities = 0;
  bool has_edns = false;
  std::optional<int> scope_bits;
  std::string cookie;
  std::optional<int> keep_alive;
  std::size_t bytes = 0;
};

inline void skip_name(wire::dns::Reader& at) {
  while (const std::uint8_t length = at.u8()) {
    if ((length & 0xc0) == 0xc0) {
      at.u8();
      return;
    }
    at.take(length);
  }
}

inline void read_options(std::string_view options, Told& out) {
  wire::dns::Reader at(options);
  while (!at.is_at_end()) {
    const auto code = static_cast<wire::dns::Option>(at.u16());
    const std::string_view option = at.take(at.u16());
    if (code == wire::dns::Option::kClientSubnet) out.scope_bits = static_cast<unsigned char>(option[3]);
    if (code == wire::dns::Option::kCookie) out.cookie = option;
    if (code == wire::dns::Option::kKeepAlive) out.keep_alive = wire::dns::Reader(option).u16();
  }
}

inline Told told(std::string_view message) {
  Told out;
  out.bytes = message.size();
  if (message.empty()) return out;
  out.is_answered = true;
  wire::dns::Reader at(message);
  out.id = at.u16();
  const unsigned flags = at.u16();
  out.is_authoritative = (flags & 0x0400) != 0;
  out.is_truncated = (flags & 0x0200) != 0;
  out.rcode = flags & 15;
  const unsigned questions = at.u16();
  const unsigned answers = at.u16();
  out.authorities = at.u16();
  const unsigned additionals = at.u16();
  if (questions != 0) {
    const std::size_t bytes = wire::dns::name_bytes(at.rest());
    out.question = wire::dns::name_text(at.take(bytes));
    at.take(4);
  }
  for (unsigned i = 0; i < answers + out.authorities + additionals; ++i) {
    skip_name(at);
    const auto type = static_cast<wire::dns::Type>(at.u16());
    at.u16();
    const std::uint32_t ttl = static_cast<std::uint32_t>(at.u16()) << 16 | at.u16();
    const std::string_view data = at.take(at.u16());
    if (type == wire::dns::Type::kOpt) {
      out.has_edns = true;
      out.rcode |= ttl >> 24 << 4;
      read_options(data, out);
    } else if (i < answers) {
      out.answers.emplace_back(data);
      out.ttls.push_back(ttl);
    }
  }
  EXPECT_FALSE(at.is_short());
  EXPECT_TRUE(at.is_at_end());
  return out;
}

/// Text of an A record's data.
inline std::string v4(std::string_view data) {
  wire::dns::Reader at(data);
  const std::uint32_t high = at.u16();
  return base::IpAddress::v4(high << 16 | at.u16()).text();
}

class AnswererTest : public ::testing::Test {
 protected:
  static constexpr geoip::RegionIndex kEu = 0;
  static constexpr geoip::RegionIndex kUs = 1;

  AnswererTest() {
    config_.listeners.resize(1);
    config_.listeners[0].name = "dns";
    config_.listeners[0].protocol = config::Protocol::kDns;
    config_.geo.regions.resize(2);
    config_.geo.regions[kEu].name = "eu";
    config_.geo.regions[kEu].addresses = {{ip("192.0.2.1")}, {ip("192.0.2.2")}, {ip("2001:db8::1")}};
    config_.geo.regions[kUs].name = "us";
    config_.geo.regions[kUs].addresses = {{ip("198.51.100.1")}};
    config_.geo.default_region = "us";
    places_ = {{"10.1.0.0/16", "eu"}, {"10.2.0.0/16", "us"}, {"10.1.7.0/24", "us"}, {"2001:db8:1::/48", "eu"}};
    members_.resize(1);
    members_[0].members = {{kEu, ip("10.0.0.1"), {}}, {kUs, ip("10.0.0.2"), {}}};
  }

  void add_zone() {
    zone::ZoneBuilder zone(name("example.com"), zone::Start{name("ns.example.com"), name("x.example.com")});
    using wire::dns::Type;
    EXPECT_TRUE(zone.add_geo(name("www.example.com"), {"web", 30, 5, 0}));
    EXPECT_TRUE(zone.add(name("example.com"), Type::kNs, 60, std::string(name("ns.example.com").wire())));
    EXPECT_TRUE(zone.add(name("ns.example.com"), Type::kA, 60, zone::address_data(ip("192.0.2.53"))));
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(zone.add(name("many.example.com"), Type::kA, 60,
                           zone::address_data(base::IpAddress::v4(static_cast<std::uint32_t>(i)))));
    }
    for (int i = 0; i < 9; ++i) {
      EXPECT_TRUE(zone.add(name("huge.example.com"), Type::kTxt, 60, *zone::text_data(std::string(4000 + i, 't'))));
    }
    zones_.push_back(std::make_shared<const zone::Zone>(zone.build()));
  }

  regions::ServingMap map() { return regions::ServingMap({*regions_, {}, config_.geo.regions, standings_, members_}); }
  void publish() { share_->publish(std::make_shared<const regions::ServingMap>(map())); }

  /// From now on it is as config_ and the rest say.
  Answerer& open() {
    std::vector<geoip::Regions::Region> all;
    for (const config::Region& region : config_.geo.regions) all.push_back({region.name, {}, {}, std::nullopt});
    std::vector<geoip::Regions::Network> networks;
    for (const auto& [network, region] : places_) networks.push_back({*base::IpNetwork::parse(network), region});
    regions_ = std::make_shared<const geoip::Regions>(all, networks, config_.geo.default_region);
    if (zones_.empty()) add_zone();
    share_ = std::make_shared<regions::RegionsShare>(std::make_shared<const regions::ServingMap>(map()));
    using Atlas = geoip::Atlas;
    auto atlas = std::make_shared<geo::AtlasShare>(
        std::make_shared<const Atlas>(std::vector<std::shared_ptr<const geoip::Database>>{}, regions_),
        std::make_shared<base::PerWorker<geo::LookupCounters>>(1));
    auto site = identities_.site_of(std::make_shared<const config::Config>(config_), 0, {zones_, atlas, share_});
    EXPECT_TRUE(site) << site.error().message;
    answerer_ = std::make_unique<Answerer>(*site, 0, 1, signer_, observer_,
                                           [this](const std::string& text) { said_.push_back(text); });
    return *answerer_;
  }

  Told ask(const std::string& message, std::string_view from = "10.1.2.3", Transport transport = Transport::kUdp) {
    if (!answerer_) open();
    room_.fill('x');
    const base::IpAddress address = ip(from);
    const std::size_t bytes = answerer_->answer(message, address, transport, now_, room_);
    return told({room_.data(), bytes});
  }
  /// The addresses of the geo name, in their order, for one who asks from there.
  std::string geo(std::string_view from, std::string_view options = "") {
    const Told told =
        ask(wire::dns::testing::asking("www.example.com", wire::dns::Type::kA, wire::dns::testing::opt(options)), from);
    std::string out;
    for (const std::string& each : told.answers) out += (out.empty() ? "" : " ") + v4(each);
    return out;
  }
  static std::string subnet(std::string_view network, int family = 1) {
    const base::IpNetwork parsed = *base::IpNetwork::parse(network);
    const char* const bytes = reinterpret_cast<const char*>(parsed.address.bytes().data()) + (family == 1 ? 12 : 0);
    std::string option = wire::dns::testing::u16(static_cast<unsigned>(family));
    option += static_cast<char>(parsed.prefix_bits);
    option += '\0';
    option.append(bytes, static_cast<std::size_t>(parsed.prefix_bits + 7) / 8);
    return wire::dns::testing::option(wire::dns::Option::kClientSubnet, option);
  }
  void pass(base::Duration time) {
    now_.steady += time;
    now_.wall += time;
  }

  config::Config config_;
  std::vector<std::pair<std::string, std::string>> places_;
  std::vector<std::shared_ptr<const zone::Zone>> zones_;
  std::vector<regions::Standing> standings_{2};
  std::vector<regions::PoolMembers> members_;
  Identities identities_{1, 7, Identities::Files::kNone};
  std::shared_ptr<const geoip::Regions> regions_;
  std::shared_ptr<regions::RegionsShare> share_;
  sign::Signer signer_;
  QueryObserver* observer_ = nullptr;
  std::vector<std::string> said_;
  std::unique_ptr<Answerer> answerer_;
  std::array<char, 65535> room_;
  Moment now_{base::Time(std::chrono::hours(1)), base::WallTime(std::chrono::seconds(1'800'000'000))};
};

}  // namespace headgate::proxy::dns::server::testing
