#include <sys/stat.h>

#include "tests/unit/config/loading.h"

// What is wrong with `geoip`, `regions` and whatever names a region.
namespace headgate::config {
namespace {

constexpr std::string_view kWeb = "listeners: { web: { bind: 127.0.0.1:0 } }\n";
constexpr std::string_view kTwoRegions = "regions: { eu: { countries: DE }, us: {} }\n";

/// Of a file that begins with a listener; without the file's name.
std::string wrong(std::string_view rest) {
  std::string out;
  const std::string text = problems_of(std::string(kWeb) + std::string(rest), "/none/hg.yaml");
  constexpr std::string_view kFile = "/none/hg.yaml:";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    std::string line = text.substr(at, end - at);
    if (line.starts_with(kFile)) line.erase(0, kFile.size());
    out += line;
    at = end;
  }
  return out;
}

TEST(Geo, NamesOfRegionsAreFreeWithoutRegions) {
  EXPECT_EQ(wrong("region: here\ndefault_region: there\ngeoip: { networks: { 10.0.0.0/8: anywhere } }\n"
                  "pools: { app: { backends: [{ address: 10.0.0.1:80, region: elsewhere }] } }\n"
                  "routes: [{ match: { region: moon }, pool: app }]\n"),
            "");
}

TEST(Geo, NamesOfRegionsAreThoseOfRegions) {
  EXPECT_EQ(
      wrong(std::string(kTwoRegions) + "region: eo\ndefault_region: asia\ngeoip: { networks: { 10.0.0.0/8: use } }\n"
                                       "pools: { app: { backends: [{ address: 10.0.0.1:80, region: uss }] } }\n"
                                       "routes: [{ match: { region: [eu, ue] }, pool: app }]\n"),
      "3:9: region: no region named 'eo' (did you mean 'eu'?)\n"
      "4:17: default_region: no region named 'asia'\n"
      "5:34: geoip.networks.10.0.0.0/8: no region named 'use' (did you mean 'us'?)\n"
      "6:60: pools.app.backends[0].region: no region named 'uss' (did you mean 'us'?)\n"
      "7:34: routes[0].match.region[1]: no region named 'ue' (did you mean 'eu'?)\n");
}

TEST(Geo, ARouteByRegionNeedsSomethingThatGivesOne) {
  EXPECT_EQ(wrong(std::string(kTwoRegions) + "routes: [{ match: { region: eu }, respond: {} }]\n"),
            "3:29: routes[0].match.region: no client has a region: geoip.database, geoip.networks or default_region "
            "says which\n");
  EXPECT_EQ(wrong(std::string(kTwoRegions) + "default_region: us\nroutes: [{ match: { region: eu }, respond: {} }]\n"),
            "");
}

TEST(Geo, CountriesAndContinentsBelongToOneRegion) {
  EXPECT_EQ(
      wrong("regions:\n"
            "  eu: { countries: [DE, DE, uk, UK, xx], continents: [EU, EO] }\n"
            "  us: { countries: DE, continents: [EU, NA] }\n"),
      "3:25: regions.eu.countries[1]: DE stands here twice\n"
      "3:29: regions.eu.countries[2]: expected a country of ISO 3166-1 in two upper-case letters, such as DE, "
      "found 'uk' (did you mean 'GB'?)\n"
      "3:33: regions.eu.countries[3]: expected a country of ISO 3166-1 in two upper-case letters, such as DE, "
      "found 'UK' (did you mean 'GB'?)\n"
      "3:37: regions.eu.countries[4]: expected a country of ISO 3166-1 in two upper-case letters, such as DE, "
      "found 'xx'\n"
      "3:59: regions.eu.continents[1]: expected one of AF, AN, AS, EU, NA, OC, SA, found 'EO' (did you mean 'EU'?)\n"
      "4:20: regions.us.countries: DE belongs to regions.eu already\n"
      "4:37: regions.us.continents[0]: EU belongs to regions.eu already\n");
}

TEST(Geo, LocationsAreOnTheEarth) {
  const auto location = [](std::string_view value) {
    return wrong("regions: { eu: { location: " + std::string(value) + " } }\n");
  };
  for (const char* good : {"[90, 180]", "[-90, -180]", "[0, 0]", "[+1.5, -.5]"}) EXPECT_EQ(location(good), "") << good;
  EXPECT_EQ(location("[90.01, 0]"),
            "2:29: regions.eu.location[0]: expected a latitude in degrees, from -90 to 90, found '90.01'\n");
  EXPECT_EQ(location("[0, -180.5]"),
            "2:32: regions.eu.location[1]: expected a longitude in degrees, from -180 to 180, found '-180.5'\n");
  for (const char* bad : {"[50N, 8E]", "[nan, 0]", "[1e1, 0]", "[inf, 0]", "['', 0]"})
    EXPECT_NE(location(bad), "") << bad;
  for (const char* bad : {"[1]", "[1, 2, 3]", "[]", "1"}) {
    EXPECT_NE(location(bad).find("expected latitude and longitude in degrees, such as [50.11, 8.68]"),
              std::string::npos)
        << bad << location(bad);
  }
}

TEST(Geo, AddressesHaveNoPorts) {
  EXPECT_EQ(wrong("regions: { eu: { addresses: [203.0.113.10:80, 203.0.113.10, 203.0.113.10] } }\n"),
            "2:30: regions.eu.addresses[0]: expected an address such as 203.0.113.10 or 2001:db8::10, without a port, "
            "found '203.0.113.10:80'\n"
            "2:61: regions.eu.addresses[2]: 203.0.113.10 stands here twice\n");
}

TEST(Geo, AddressesMayHaveWeights) {
  const Config config = config_of(std::string(kWeb) +
                                  "regions: { eu: { addresses: [203.0.113.10, { address: '2001:db8::1', weight: 256 "
                                  "}], host: 'eu.example.com:8443', drain: true } }\n");
  const Region& region = config.geo.regions[0];
  EXPECT_EQ(region.addresses[0].weight, 1u);
  EXPECT_EQ(region.addresses[1].weight, 256u);
  EXPECT_EQ(region.host, "eu.example.com:8443");
  EXPECT_TRUE(region.drain);
  EXPECT_EQ(wrong("regions: { eu: { addresses: [{ weight: 2 }, { address: 203.0.113.10, weight: 257 }] } }\n"),
            "2:30: regions.eu.addresses[0].address: is required\n"
            "2:78: regions.eu.addresses[1].weight: expected a whole number from 1 to 256, found '257'\n");
  for (const char* bad : {"https://eu.example.com", "'*.example.com'", "'eu.example.com:0'", "'eu.example.com:65536'",
                          "'eu.example.com:'", "''", "eu/x"}) {
    EXPECT_NE(wrong(std::string("regions: { eu: { host: ") + bad + " } }\n").find("expected a host name such as"),
              std::string::npos)
        << bad;
  }
}

constexpr std::string_view kPoolsOfEu =
    "pools: { app: { backends: [{ address: 10.0.0.1:80, region: eu }, { address: 10.0.0.2:80, region: eu }] },\n"
    "         api: { backends: [10.0.0.3:80] },\n"
    "         dns: { backends: [{ resolve: 'app.internal:80', region: eu }] } }\n";

TEST(Geo, RequirementsAreSharesOrCounts) {
  const Config config = config_of(std::string(kWeb) + std::string(kPoolsOfEu) +
                                  "regions: { eu: { requires: { app: 50%, dns: 10000 }, rise: 100, fall: 1 } }\n");
  const Region& region = config.geo.regions[0];
  ASSERT_EQ(region.requirements.size(), 2u);
  EXPECT_EQ(region.requirements[0].percent, 50u);
  EXPECT_EQ(region.requirements[1].count, 10'000u) << "who is found by name may be many";
  EXPECT_EQ(region.requirements[1].percent, 0u);
  EXPECT_EQ(region.rise, 100u);
  for (const char* bad : {"0", "0%", "101%", "10001"}) {
    EXPECT_NE(wrong(std::string(kPoolsOfEu) + "regions: { eu: { requires: { app: " + bad + " } } }\n")
                  .find("regions.eu.requires.app: must be from 1"),
              std::string::npos)
        << bad;
  }
  EXPECT_EQ(wrong(std::string(kPoolsOfEu) + "regions: { eu: { requires: { app: half } } }\n"),
            "5:35: regions.eu.requires.app: expected a share of the pool's weight in this region such as 50%, or a "
            "number of backends such as 2, found 'half'\n");
}

TEST(Geo, RequirementsCanBeHeld) {
  EXPECT_EQ(wrong(std::string(kPoolsOfEu) + "regions: { eu: { requires: { ap: 1, api: 1, app: 3 } } }\n"),
            "5:34: regions.eu.requires.ap: no pool named 'ap' (did you mean 'app'?)\n"
            "5:42: regions.eu.requires.api: pool api has no backend in eu: give those that stand there `region: eu`\n"
            "5:50: regions.eu.requires.app: pool app has only 2 backends in eu, so that 3 are never healthy\n");
}

TEST(Geo, SendingHomeNeedsAHome) {
  constexpr std::string_view kRoute = "routes: [{ send_home: true, respond: {} }]\n";
  const std::string two = "regions: { eu: { host: eu.example.com }, us: {} }\n";
  EXPECT_EQ(wrong(two + std::string(kRoute)),
            "3:10: routes[0].send_home: needs `region`, the region that this instance is in\n");
  EXPECT_EQ(wrong(two + "region: eu\n" + std::string(kRoute)),
            "4:10: routes[0].send_home: no other region has a `host` that clients could be sent to\n");
  EXPECT_EQ(wrong(two + "region: us\n" + std::string(kRoute)), "");
}

TEST(Geo, PinsAndOverrides) {
  TempFolder folder;
  const std::string keys = folder.write("keys", std::string(64, 'a') + "\n");
  ::chmod(keys.c_str(), 0600);
  const Config config = config_of(std::string(kWeb) +
                                  "geoip: { pin: { cookie: hg_region, from_header: X-Pin-Region, max_age: 1h, "
                                  "keys_file: " +
                                  keys + " }, override: { header: X-Region, from: [10.0.0.0/8, 192.0.2.1] } }\n");
  ASSERT_TRUE(config.geo.pin && config.geo.region_override);
  EXPECT_EQ(config.geo.pin->cookie, "hg_region");
  EXPECT_EQ(config.geo.pin->max_age, std::chrono::hours(1));
  EXPECT_EQ(config.geo.pin->keys.size(), 1u);
  EXPECT_EQ(config.geo.region_override->from.size(), 2u);
  EXPECT_EQ(wrong("geoip: { pin: { cookie: 'a b' }, override: { header: 'X Y', from: [] } }\n"),
            "2:15: geoip.pin.from_header: is required\n"
            "2:25: geoip.pin.cookie: 'a b' is no name of a cookie\n"
            "2:54: geoip.override.header: 'X Y' is not a field name\n"
            "2:67: geoip.override.from: expected at least one value, found an empty list\n");
  EXPECT_EQ(wrong(std::string(kTwoRegions) + "geoip: { override: { header: X-Region, from: 10.0.0.1 } }\n"
                                             "routes: [{ match: { region: eu }, respond: {} }]\n"),
            "")
      << "who is believed says whose a client is";
}

TEST(Geo, NetworksAreNetworksAndStandOnce) {
  EXPECT_EQ(wrong("geoip: { networks: { 10.0.0.1/8: eu, 10.0.0.1: eu, 10.0.0.1/32: us, 10.0.0.0/8: 'e u' } }\n"),
            "2:34: geoip.networks.10.0.0.1/8: expected a network such as 10.0.0.0/8 or 2001:db8::/32, found "
            "'10.0.0.1/8'\n"
            "2:65: geoip.networks.10.0.0.1/32: 10.0.0.1/32 stands in line 2 already\n"
            "2:81: geoip.networks.10.0.0.0/8: a name is 1 to 64 letters, digits, '_', '-' and '.'\n");
}

TEST(Geo, DatabasesAreFiles) {
  TempFolder folder;
  std::string list;
  for (int i = 0; i < 5; ++i) list += (i == 0 ? "" : ", ") + folder.write("db" + std::to_string(i), "");
  const std::string first = folder.path("db0");
  EXPECT_EQ(wrong("geoip: { database: " + first + " }\n"), "");
  EXPECT_NE(wrong("geoip: { database: [" + list + "] }\n").find("geoip.database[4]: at most 4 are read"),
            std::string::npos);
  EXPECT_NE(wrong("geoip: { database: [" + first + ", " + first + "] }\n").find("[1]: is given twice"),
            std::string::npos);
  EXPECT_NE(wrong("geoip: { database: x.mmdb }\n").find("open /none/x.mmdb: No such file"), std::string::npos);
  EXPECT_NE(wrong("geoip: { database: " + folder.path() + " }\n").find("is not a regular file"), std::string::npos);
}

TEST(Geo, ManyRegionsAreBounded) {
  std::string text = "regions:\n";
  for (int i = 0; i < 1000; ++i) text += "  r" + std::to_string(i) + ": {}\n";
  EXPECT_EQ(wrong(text), "");
  EXPECT_EQ(wrong(text + "  more: {}\n"), "1003:9: regions.more: at most 1000 regions\n");
}

TEST(Geo, TheSummaryNamesThem) {
  const std::string text =
      summary_of(config_of(std::string(kWeb) + "geoip: { networks: { 10.0.0.0/8: eu } }\n"
                                               "regions: { eu: { countries: [DE, FR], location: [50.5, 8] } }\n"
                                               "default_region: eu\n"
                                               "routes: [{ match: { region: eu }, respond: {} }]\n"));
  EXPECT_NE(
      text.find("regions\n  eu               countries DE,FR at 50.5 8\n  clients          1 network otherwise eu\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("region eu -> respond"), std::string::npos) << text;
}

TEST(Geo, TheSummaryTellsWhatARegionNeeds) {
  const std::string text = summary_of(config_of(
      std::string(kWeb) + std::string(kPoolsOfEu) +
      "regions: { eu: { requires: { app: 50%, dns: 2 }, drain: true, host: eu.example.com, addresses: [{ address: "
      "192.0.2.1, weight: 3 }] }, us: {} }\nregion: us\nroutes: [{ pool: app, send_home: true }]\n"));
  EXPECT_NE(text.find("-> pool app\n                   (clients of other regions sent home)\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("addresses 192.0.2.1 (weight 3) host eu.example.com\n"
                      "                   requires app 50%,dns 2 down after 1 look, up after 3 drained\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace headgate::config
