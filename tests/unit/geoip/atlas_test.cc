#include "geoip/atlas.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/random.h"
#include "geoip/write/mmdb_writer.h"

namespace headgate::geoip {
namespace {

std::shared_ptr<const Database> database_of(const std::vector<write::NetworkRow>& rows) {
  const auto written = write::write_mmdb(rows, {});
  EXPECT_TRUE(written);
  const auto read = Database::read(written->bytes, "own.mmdb");
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return *read;
}
write::NetworkRow row(const std::string& network, std::string_view country, std::string region = {}) {
  write::NetworkRow out;
  out.network = *base::IpNetwork::parse(network);
  out.country = Code(country);
  out.region = std::move(region);
  return out;
}
std::shared_ptr<const Regions> regions(const std::vector<Regions::Network>& networks = {}) {
  return std::make_shared<const Regions>(
      std::vector<Regions::Region>{{"eu", {Code("DE")}, {Code("EU")}, Point{50.11, 8.68}},
                                   {"us", {Code("US")}, {}, Point{39.04, -77.49}},
                                   {"ap", {}, {}, Point{1.35, 103.82}}},
      networks, "us");
}
/// "eu by country 192.0.2.0/24"; both ways of asking, when nobody has asked before and when somebody has.
std::string asked(const Atlas& atlas, const std::string& text) {
  const base::IpAddress address = *base::IpAddress::parse(text);
  const Located first = atlas.locate(address);
  const Located located = atlas.locate(address);
  const Decided decided = atlas.decide(address);
  EXPECT_EQ(first.decision, located.decision) << text;
  EXPECT_EQ(decided.decision, located.decision) << text;
  EXPECT_EQ(decided.prefix_bits, located.prefix_bits) << text;
  const std::string_view name = atlas.regions().name_of(located.decision.region);
  return std::string(name) + " by " + std::string(to_string(located.decision.why)) + " " +
         base::IpNetwork{address.masked(located.prefix_bits), located.prefix_bits}.text();
}

TEST(Atlas, OwnNetworksAreLongerAndShorterThanTheDatabases) {
  const auto database = database_of({row("192.0.0.0/16", "DE"), row("198.51.100.0/24", "DE"),
                                     row("198.51.101.0/24", "DE"), row("2001:db8::/32", "DE")});
  const Atlas atlas({database}, regions({{*base::IpNetwork::parse("192.0.2.0/24"), "ap"},
                                         {*base::IpNetwork::parse("192.0.2.7/32"), "us"},
                                         {*base::IpNetwork::parse("198.51.100.0/22"), "ap"},
                                         {*base::IpNetwork::parse("2001:db8::5/128"), "ap"}}));
  EXPECT_EQ(asked(atlas, "192.0.1.1"), "eu by country 192.0.0.0/23") << "the /24 beside it is another's";
  EXPECT_EQ(asked(atlas, "192.0.2.255"), "ap by network 192.0.2.128/25");
  EXPECT_EQ(asked(atlas, "192.0.2.7"), "us by network 192.0.2.7/32");
  EXPECT_EQ(asked(atlas, "192.0.2.6"), "ap by network 192.0.2.6/32");
  EXPECT_EQ(asked(atlas, "198.51.100.1"), "ap by network 198.51.100.0/23") << "a place within";
  EXPECT_EQ(asked(atlas, "198.51.103.1"), "ap by network 198.51.102.0/23") << "no place";
  EXPECT_EQ(asked(atlas, "2001:db8::5"), "ap by network 2001:db8::5/128");
  EXPECT_EQ(asked(atlas, "2001:db8::4"), "eu by country 2001:db8::4/128");
  EXPECT_EQ(asked(atlas, "2001:db8:8000::"), "eu by country 2001:db8:8000::/33");
  EXPECT_EQ(asked(atlas, "2001:db9::"), "us by default 2001:db9::/32");
}

TEST(Atlas, OneNetworkMayBeAllThereIs) {
  const Atlas all({database_of({row("0.0.0.0/0", "DE"), row("::/0", "US")})}, regions());
  EXPECT_EQ(asked(all, "0.0.0.0"), "eu by country 0.0.0.0/0");
  EXPECT_EQ(asked(all, "255.255.255.255"), "eu by country 0.0.0.0/0");
  EXPECT_EQ(asked(all, "8000::"), "us by country 8000::/1");
  const Atlas named({database_of({row("192.0.2.1/32", "DE")})},
                    regions({{*base::IpNetwork::parse("0.0.0.0/0"), "ap"}, {*base::IpNetwork::parse("::/0"), "ap"}}));
  EXPECT_EQ(asked(named, "192.0.2.1"), "ap by network 192.0.2.1/32");
  EXPECT_EQ(asked(named, "2001:db8::"), "ap by network 2001:800::/21") << "Teredo is another place";
  const Atlas none({database_of({row("192.0.2.1/32", "DE")})}, std::make_shared<const Regions>());
  EXPECT_EQ(asked(none, "192.0.2.1"), " by none 192.0.2.1/32");
  EXPECT_EQ(asked(Atlas({}, regions()), "192.0.2.1"), "us by default 0.0.0.0/0");
}

/// Of two databases each may know what the other does not.
TEST(Atlas, WhatIsStatedCountsBeforeAnyAreaAndTheFirstAreaCounts) {
  const auto own =
      database_of({row("192.0.2.0/24", "DE"), row("192.0.3.0/24", ""), row("192.0.4.0/24", "FR"),
                   row("192.0.5.0/24", "", "ap"), row("192.0.6.0/24", "JP"), row("192.0.7.0/24", "", "moon")});
  const auto bought =
      database_of({row("192.0.2.0/24", "US"), row("192.0.3.0/24", "US"), row("192.0.4.0/24", "US", "ap"),
                   row("192.0.5.0/24", "US", "eu"), row("192.0.6.0/24", "DE"), row("192.0.7.0/24", "DE", "ap")});
  const Atlas atlas({own, bought}, regions());
  EXPECT_EQ(asked(atlas, "192.0.2.1"), "eu by country 192.0.2.0/24");
  EXPECT_EQ(asked(atlas, "192.0.3.1"), "us by country 192.0.3.0/24") << "the first knows nothing of it";
  EXPECT_EQ(asked(atlas, "192.0.4.1"), "ap by database 192.0.4.0/24") << "stated, if only by the second";
  EXPECT_EQ(asked(atlas, "192.0.5.1"), "ap by database 192.0.5.0/24") << "the first that states one";
  EXPECT_EQ(asked(atlas, "192.0.6.1"), "us by default 192.0.6.0/24") << "Japan is known to be no region's";
  EXPECT_EQ(asked(atlas, "192.0.7.1"), "ap by database 192.0.7.0/24") << "a region that there is not is none";
}

/// What is remembered is what Regions would say, for random places, asked in any order by several threads.
TEST(Atlas, RemembersWhatRegionsDecide) {
  const std::uint64_t seed = base::entropy_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  constexpr std::string_view kCountries[] = {"DE", "US", "FR", "JP", ""};
  constexpr std::string_view kRegions[] = {"", "", "", "eu", "ap", "moon"};
  std::vector<write::NetworkRow> rows;
  std::vector<Regions::Network> networks;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    write::NetworkRow each = row("0.0.0.0/0", kCountries[random.below(5)], std::string(kRegions[random.below(6)]));
    const int bits = 8 + static_cast<int>(random.below(25));
    each.network = {base::IpAddress::v4(random.below(1 << 24) << 8).masked(bits), bits};
    if (random.below(2) == 0) each.location = Point{random.below(180) - 90.0, random.below(360) - 180.0};
    rows.push_back(each);
    const int longer = std::min(32, bits + static_cast<int>(random.below(4)));
    if (i % 20 == 0) networks.push_back({{each.network.address.masked(longer), longer}, "ap"});
  }
  const auto database = database_of(rows);
  const auto all = regions(networks);
  const Atlas atlas({database}, all);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, inner = base::Random(seed + static_cast<std::uint64_t>(thread))]() mutable {
      for (int i = 0; i < 3'000; ++i) {
        const auto address = base::IpAddress::v4(static_cast<std::uint32_t>(inner.next()));
        const Database::Found found = database->find(address);
        int prefix_bits = found.prefix_bits;
        const Decision expected = all->decide(address, found.place, prefix_bits);
        const Decided decided = atlas.decide(address);
        ASSERT_EQ(decided.decision, expected) << address.text();
        ASSERT_EQ(decided.prefix_bits, prefix_bits) << address.text();
        ASSERT_EQ(atlas.locate(address).decision, expected) << address.text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace headgate::geoip
