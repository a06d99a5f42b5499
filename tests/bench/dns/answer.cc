// What it costs to answer a query of DNS, but for the kernel's part: a dns listener made by hand, with NAMES geo names
// in one zone, two regions with an address each, PREFIXES networks that are one's or the other's, and COUNT queries of
// a KIND: plain, edns, subnet (another network in each query), cookie, nxdomain. Run under `valgrind --tool=callgrind`
// with two counts; the slope is the instructions of one. Without valgrind it says nanoseconds.
//
//     dns_answer_bench KIND NAMES PREFIXES COUNT
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "proxy/dns/server/answerer.h"
#include "proxy/dns/server/identities.h"
#include "proxy/dns/zone/zone_builder.h"

namespace {

using namespace headgate;
using namespace headgate::proxy;

wire::dns::Name name(std::string_view text) {
  return *wire::dns::Name::parse(text);
}

std::shared_ptr<const dns::zone::Zone> zone_of(std::size_t names) {
  const dns::zone::Start start{name("ns.example.com"), name("hostmaster.example.com")};
  dns::zone::ZoneBuilder zone(name("example.com"), start);
  for (std::size_t i = 0; i < names; ++i) {
    if (!zone.add_geo(name("w" + std::to_string(i) + ".example.com"), {"web", 30, 5, 0})) std::abort();
  }
  return std::make_shared<const dns::zone::Zone>(zone.build());
}

std::shared_ptr<geo::AtlasShare> atlas_of(std::size_t prefixes, base::Random& random) {
  std::vector<geoip::Regions::Network> networks;
  for (std::size_t i = 0; i < prefixes; ++i) {
    const int bits = 16 + static_cast<int>(random.below(9));
    const base::IpAddress address = base::IpAddress::v4(static_cast<std::uint32_t>(random.next())).masked(bits);
    networks.push_back({{address, bits}, i % 2 == 0 ? "eu" : "us"});
  }
  const auto regions = std::make_shared<const geoip::Regions>(
      std::vector<geoip::Regions::Region>{{"eu", {}, {}, {}}, {"us", {}, {}, {}}}, networks, "eu");
  return std::make_shared<geo::AtlasShare>(
      std::make_shared<const geoip::Atlas>(std::vector<std::shared_ptr<const geoip::Database>>{}, regions),
      std::make_shared<base::PerWorker<geo::LookupCounters>>(1));
}

dns::server::Answerer answerer_of(std::size_t names, std::size_t prefixes, base::Random& random) {
  const auto config = std::make_shared<config::Config>();
  config->listeners.resize(1);
  config->geo.regions.resize(2);
  config->geo.regions[0].name = "eu";
  config->geo.regions[0].addresses = {{base::IpAddress::v4(0xc0000201)}};
  config->geo.regions[1].name = "us";
  config->geo.regions[1].addresses = {{base::IpAddress::v4(0xc6336401)}};
  const auto atlas = atlas_of(prefixes, random);
  std::vector<regions::PoolMembers> pools(1);
  for (geoip::RegionIndex region = 0; region < 2; ++region) {
    pools[0].members.push_back({region, base::IpAddress::v4(0x0a000001), {}});
  }
  auto map = std::make_shared<const regions::ServingMap>(
      regions::ServingMap::Source{atlas->regions(), {}, config->geo.regions, {}, pools});
  dns::server::Identities identities(1, 1, dns::server::Identities::Files::kNone);
  auto site = identities.site_of(config, 0, {{zone_of(names)}, atlas, std::make_shared<regions::RegionsShare>(map)});
  static dns::sign::Signer signer;
  return {*site, 0, 1, signer, nullptr, {}};
}

void put_u16(unsigned value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

std::string query_of(std::string_view kind, std::string_view asked, base::Random& random) {
  std::string options;
  if (kind == "subnet") {
    options = std::string("\0\x08\0\7\0\1\x18\0", 8);
    for (int i = 0; i < 3; ++i) options += static_cast<char>(random.next());
  }
  if (kind == "cookie") options = std::string("\0\x0a\0\x08", 4) + "12345678";
  const bool has_edns = kind == "edns" || !options.empty();
  std::string out("\0\1\0\0\0\1\0\0\0\0\0", 11);
  out += has_edns ? '\1' : '\0';
  out += name(asked).wire();
  put_u16(1, out);
  put_u16(1, out);
  if (!has_edns) return out;
  out += std::string("\0\0\x29\4\xd0\0\0\0\0", 9);
  put_u16(static_cast<unsigned>(options.size()), out);
  return out + options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: dns_answer_bench KIND NAMES PREFIXES COUNT\n");
    return 2;
  }
  const std::string_view kind = argv[1];
  const std::size_t names = std::strtoull(argv[2], nullptr, 10);
  const std::size_t count = std::strtoull(argv[4], nullptr, 10);
  base::Random random(1);
  dns::server::Answerer answerer = answerer_of(names, std::strtoull(argv[3], nullptr, 10), random);
  std::vector<std::string> queries;
  for (std::size_t i = 0; i < 4096; ++i) {
    const std::string label =
        (kind == "nxdomain" ? "n" : "w") + std::to_string(random.below(static_cast<std::uint32_t>(names)));
    queries.push_back(query_of(kind, label + ".example.com", random));
  }
  std::array<char, 4096> room;
  const dns::server::Moment now{base::now(), base::wall_now()};
  const auto from = base::IpAddress::v4(0x7f000001);
  const auto start = std::chrono::steady_clock::now();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += answerer.answer(queries[i % queries.size()], from, dns::server::Transport::kUdp, now, room);
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("%s: %.0f ns a query, %zu bytes\n", argv[1], took.count() / static_cast<double>(count), bytes / count);
  return 0;
}
