#include <gmock/gmock.h>

#include "proxy/dns/zone/compile.h"
#include "proxy/explain/lookup/explain_lookup.h"
#include "proxy/explain/lookup/lookup_text.h"
#include "proxy/geo/compiled.h"
#include "tests/unit/config/loading.h"

// `headgate explain DNS`: what is said of a configuration that does not run, and of one whose regions are not well.
namespace headgate::proxy::explain::lookup {
namespace {

using ::testing::HasSubstr;

constexpr const char* kConfiguration = R"(
listeners:
  names: { bind: 127.0.0.1:53, protocol: dns, zones: [z.example, sub.z.example] }
pools:
  app: { backends: [{ address: "10.0.0.1:80", region: eu }, { address: "10.0.0.2:80", region: us },
                    { address: "10.0.0.3:80", region: us }] }
geoip: { networks: { 10.1.0.0/16: eu, 10.2.0.0/16: us, 10.3.0.0/16: ap } }
regions:
  eu: { location: [50, 8], addresses: [192.0.2.1, "2001:db8::1"] }
  us: { location: [39, -77], addresses: 198.51.100.1 }
  ap: { location: [1, 103], addresses: 203.0.113.1 }
dns:
  zones:
    z.example:
      ns: [ns.y.example]
      names:
        www: { pool: app, txt: beside }
        "*.w": { pool: app }
        old: { cname: www.z.example }
        out: { cname: www.y.example }
        static: { a: 192.0.2.9, txt: 'a "b" c', mx: 10 mail.y.example, srv: 0 5 80 ., caa: 0 issue a.b }
        deep.down: { aaaa: "2001:db8::9" }
        given: { ns: ns.given.z.example }
        ns.given: { a: 192.0.2.8 }
    sub.z.example: { ns: [ns.y.example] }
    lost.example: { ns: [ns.y.example] }
)";

class LookupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = config::config_of(kConfiguration, "hg.yaml");
    regions_of_ = geo::regions_of(config_);
    atlas_ = std::make_shared<geo::AtlasShare>(
        std::make_shared<const geoip::Atlas>(std::vector<std::shared_ptr<const geoip::Database>>(), regions_of_),
        nullptr);
    fell();
    zones_ = *dns::zone::compile(config_);
  }
  base::Result<Lookup> asked(std::string_view name, std::string_view type = "A", std::string_view from = "10.1.2.3") {
    const Surroundings around{
        config_,
        zones_,
        atlas_,
        regions_,
        [this](std::string_view pool, std::string_view region) { return configured_sight(config_, pool, region); },
        base::WallTime(),
        false};
    return explain({std::string(name), std::string(type), *base::IpAddress::parse(from)}, around);
  }
  std::string text(std::string_view name, std::string_view type = "A", std::string_view from = "10.1.2.3") {
    const base::Result<Lookup> found = asked(name, type, from);
    return found ? text_of(*found, {}) : found.error().message;
  }
  /// These regions fail.
  template <class... Names>
  void fell(Names... down) {
    std::vector<regions::Standing> standings(regions_of_->size());
    ((standings[regions_of_->find(down)] = {regions::State::kDown, true}), ...);
    std::vector<regions::PoolMembers> pools(1);
    for (const config::Backend& backend : config_.pools[0].backends) {
      pools[0].members.push_back({regions_of_->find(backend.region), std::nullopt, {}});
    }
    regions_ = std::make_shared<regions::RegionsShare>(std::make_shared<const regions::ServingMap>(
        regions::ServingMap::Source{*regions_of_, {}, config_.geo.regions, standings, pools}));
  }

  config::Config config_;
  std::shared_ptr<const geoip::Regions> regions_of_;
  std::shared_ptr<geo::AtlasShare> atlas_;
  std::shared_ptr<regions::RegionsShare> regions_;
  std::vector<std::shared_ptr<const dns::zone::Zone>> zones_;
};

TEST_F(LookupTest, AGeoNameOfTheNearestRegion) {
  EXPECT_EQ(text("WWW.z.example."),
            "DNS www.z.example A\n"
            "from 10.1.2.3, by hg.yaml (no daemon was asked)\n"
            "\n"
            "zone       z.example (line 15), 11 names\n"
            "             answered by names on 127.0.0.1:53\n"
            "name       www.z.example: a geo name of pool app, and has records of TXT\n"
            "client     of region eu: geoip.networks gives its network to eu\n"
            "region     eu\n"
            "           > eu: up; 1 of 1 backend of pool app healthy; the nearest\n"
            "               192.0.2.1, 2001:db8::1\n"
            "           - us: up; 2 of 2 backends of pool app healthy; further away\n"
            "               198.51.100.1\n"
            "           - ap: up; pool app has no backend in it; further away\n"
            "               203.0.113.1\n"
            "answer     NOERROR, authoritative\n"
            "             www.z.example. 30 A 192.0.2.1\n"
            "scope      /16: a resolver may give it to all of 10.1.0.0/16\n");
  EXPECT_THAT(text("www.z.example", "AAAA"), HasSubstr("www.z.example. 30 AAAA 2001:db8::1\n"));
  const std::string none = text("www.z.example", "AAAA", "10.2.0.1");
  EXPECT_THAT(none, HasSubstr("answer     NOERROR, authoritative: the region has no IPv6 address: the name is\n"
                              "           there, and of this type there is nothing\n"));
}

TEST_F(LookupTest, ARegionThatIsPassedOver) {
  EXPECT_THAT(text("www.z.example", "A", "10.3.0.1"),
              HasSubstr("region     eu\n"
                        "           - ap: up; pool app has no backend in it; passed over\n"
                        "               203.0.113.1\n"
                        "           > eu: up; 1 of 1 backend of pool app healthy; the nearest that can\n"));
  fell("eu");
  EXPECT_THAT(text("a.w.z.example"),
              HasSubstr("name       a.w.z.example: a geo name of pool app by the wildcard *.w.z.example\n"
                        "client     of region eu: geoip.networks gives its network to eu\n"
                        "region     us\n"
                        "           - eu: down; 1 of 1 backend of pool app healthy; passed over\n"
                        "               192.0.2.1, 2001:db8::1\n"
                        "           > us: up; 2 of 2 backends of pool app healthy; the nearest that can\n"
                        "               198.51.100.1\n"
                        "           - ap: up; pool app has no backend in it; further away\n"
                        "               203.0.113.1\n"
                        "answer     NOERROR, authoritative\n"
                        "             a.w.z.example. 5 A 198.51.100.1\n"
                        "           ! for 5s, lowered from 30s: the region that would serve fails\n"));
}

TEST_F(LookupTest, WhereNoBackendStatesARegionItsStateDecides) {
  for (config::Backend& backend : config_.pools[0].backends) backend.region.clear();
  fell("us");
  EXPECT_THAT(text("www.z.example"),
              HasSubstr("           > eu: up; pool app has backends of no region; the nearest\n"
                        "               192.0.2.1, 2001:db8::1\n"
                        "           - us: down; pool app has backends of no region; further away\n"));
}

TEST_F(LookupTest, NoRegionAtAll) {
  fell("eu", "us");
  const std::string said = text("www.z.example");
  EXPECT_THAT(said, HasSubstr("region     none can serve: all addresses of all regions are given, better a try\n"
                              "           than nothing\n"
                              "           - eu: down; 1 of 1 backend of pool app healthy; cannot serve\n"));
  EXPECT_THAT(said, HasSubstr("! for 5s, lowered from 30s: no region can serve\n"));
  for (const char* address : {"192.0.2.1", "198.51.100.1", "203.0.113.1"}) {
    EXPECT_THAT(said, HasSubstr(std::string("www.z.example. 5 A ") + address + "\n"));
  }
}

TEST_F(LookupTest, RecordsAreWrittenAsInZoneFiles) {
  const std::pair<const char*, const char*> kCases[] = {
      {"ANY", "authoritative: of all records one is enough for who asks for\n           any (RFC 8482)\n"},
      {"ANY", "static.z.example. 3600 HINFO \"RFC8482\" \"\"\n"},
      {"TXT", "static.z.example. 30 TXT \"a \\\"b\\\" c\"\n"},
      {"mx", "static.z.example. 30 MX 10 mail.y.example.\n"},
      {"CAA", "static.z.example. 30 CAA 0 issue \"a.b\"\n"},
      {"SRV", "static.z.example. 30 SRV 0 5 80 .\n"},
      {"TYPE1", "static.z.example. 30 A 192.0.2.9\n"},
      {"NS", "the name is there, and of type NS there is\n           nothing\n"},
  };
  for (const auto& [type, expected] : kCases) EXPECT_THAT(text("static.z.example", type), HasSubstr(expected)) << type;
  EXPECT_THAT(text("static.z.example"),
              HasSubstr("name       static.z.example: has records of A, TXT, MX, SRV, CAA\n"));
}

TEST_F(LookupTest, AliasesCutsAndWhatIsNotThere) {
  EXPECT_THAT(text("old.z.example", "AAAA"),
              HasSubstr("name       old.z.example: an alias of www.z.example\n"
                        "           www.z.example: a geo name of pool app, and has records of TXT\n"));
  EXPECT_THAT(text("old.z.example", "AAAA"), HasSubstr("             old.z.example. 30 CNAME www.z.example.\n"
                                                       "             www.z.example. 30 AAAA 2001:db8::1\n"));
  EXPECT_THAT(text("out.z.example"), HasSubstr("www.y.example is not in this zone"));
  EXPECT_THAT(text("a.given.z.example"),
              HasSubstr("name       a.given.z.example: handed to other servers, from given.z.example on\n"
                        "answer     NOERROR: given.z.example and what is below belongs to other servers;\n"
                        "           who asks is sent there\n"
                        "             authority:\n"
                        "             given.z.example. 30 NS ns.given.z.example.\n"
                        "             additional:\n"
                        "             ns.given.z.example. 30 A 192.0.2.8\n"));
  EXPECT_THAT(text("no.z.example"), HasSubstr("name       no.z.example: is not there\n"
                                              "answer     NXDOMAIN, authoritative: there is no such name"));
  EXPECT_THAT(text("down.z.example"), HasSubstr("down.z.example: has no records; other names are below it\n"));
  EXPECT_THAT(text("z.example", "SOA"), HasSubstr("z.example. 3600 SOA ns.y.example. hostmaster.z.example. "));
  EXPECT_THAT(text("z.example", "AXFR"), HasSubstr("answer     REFUSED: zones are not transferred\n"));
  EXPECT_THAT(text("a.sub.z.example"), HasSubstr("zone       sub.z.example (line ")) << "the longer name";
  EXPECT_THAT(text("lost.example", "NS"), HasSubstr("! no listener answers for it"));
  EXPECT_THAT(text("x.z.exmaple"), HasSubstr("zone       none (did you mean 'z.example'?)\n"
                                             "answer     REFUSED: the name is in none of the zones\n"));
}

TEST_F(LookupTest, WhatIsNoQuestion) {
  EXPECT_EQ(text("a..b"), "'a..b' is no domain name: a label is empty");
  for (const char* type : {"AA", "OPT", "TYPE0", ""}) {
    EXPECT_THAT(text("z.example", type), HasSubstr("is no type to ask for; A, AAAA, NS, ")) << type;
  }
}

TEST_F(LookupTest, JsonSaysTheSame) {
  fell("eu");
  const base::Result<Lookup> found = asked("old.z.example", "A");
  ASSERT_TRUE(found);
  const base::Result<Lookup> back = lookup_from(json_of(*found));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(text_of(*back, {}), text_of(*found, {}));
  EXPECT_EQ(back->choice->region, "us");
  EXPECT_EQ(back->choice->ttl_seconds, 5u);
  EXPECT_EQ(back->answer.scope_bits, 16u);
  EXPECT_THAT(json_of(*found), HasSubstr("\"last_resort\": false"));
  EXPECT_FALSE(lookup_from("[]"));
  EXPECT_FALSE(lookup_from("{\"zone\": 1}"));
}

}  // namespace
}  // namespace headgate::proxy::explain::lookup
