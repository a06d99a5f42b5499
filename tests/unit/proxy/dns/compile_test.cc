#include <gmock/gmock.h>

#include "proxy/dns/zone/serial.h"
#include "proxy/dns/zone/zones.h"
#include "tests/unit/config/loading.h"

// From a configuration to its zones, and their serials.
namespace headgate::proxy::dns::zone {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::dns::Name;
using wire::dns::Type;

constexpr std::uint32_t kNow = 1'800'000'000;
base::WallTime at(std::uint32_t seconds) {
  return base::WallTime(std::chrono::seconds(seconds));
}

TEST(SerialTest, MovesForwardOnly) {
  EXPECT_TRUE(is_later(2, 1));
  EXPECT_FALSE(is_later(1, 2));
  EXPECT_FALSE(is_later(1, 1));
  EXPECT_TRUE(is_later(0, 0xffff'ffff)) << "it wraps (RFC 1982)";
  EXPECT_FALSE(is_later(0x8000'0000, 0)) << "neither is later";
  Serial serial(at(kNow));
  EXPECT_EQ(serial.value(), kNow);
  serial.move_on(at(kNow));
  EXPECT_EQ(serial.value(), kNow + 1) << "twice in a second";
  serial.move_on(at(kNow - 100));
  EXPECT_EQ(serial.value(), kNow + 2) << "the clock was set back";
  serial.move_on(at(kNow + 60));
  EXPECT_EQ(serial.value(), kNow + 60);
}

TEST(SerialTest, IsNeverBeforeTheFiles) {
  Serial behind(at(kNow));
  behind.stay_above(7, at(kNow - 10), at(kNow));
  EXPECT_EQ(behind.value(), kNow);
  constexpr std::uint32_t kDated = 2'026'112'601;
  Serial ahead(at(kNow));
  ahead.stay_above(kDated, at(kNow - 10), at(kNow));
  EXPECT_EQ(ahead.value(), kDated + 10) << "ten seconds old";
  ahead.move_on(at(kNow + 5));
  EXPECT_EQ(ahead.value(), kDated + 15);
  Serial restarted(at(kNow + 30));
  restarted.stay_above(kDated, at(kNow - 10), at(kNow + 30));
  EXPECT_EQ(restarted.value(), kDated + 40) << "later than whatever the process before had";
  restarted.stay_above(kDated + 1, at(kNow + 30), at(kNow + 30));
  EXPECT_GE(restarted.value(), kDated + 40) << "a file that was written anew";
  Serial future(at(kNow));
  future.stay_above(kDated, at(kNow + 1000), at(kNow));
  EXPECT_EQ(future.value(), kDated) << "of a file from tomorrow";
}

class CompileTest : public ::testing::Test {
 protected:
  std::shared_ptr<const config::Config> config(const std::string& zone) {
    return std::make_shared<const config::Config>(
        config::config_of("listeners: { names: { bind: 127.0.0.1:53, protocol: dns, zones: z.example } }\n"
                          "pools: { other: { backends: [10.0.0.1:80] }, app: { backends: [10.0.0.1:80] } }\n"
                          "regions: { eu: { addresses: [192.0.2.1] } }\n"
                          "dns: { zones: { z.example: " +
                              zone + " } }\n",
                          folder_.path("headgate.yaml")));
  }
  std::shared_ptr<const Zone> compiled(const std::string& zone) {
    auto loaded = zones_.load(config(zone), at(kNow));
    if (!loaded) {
      ADD_FAILURE() << loaded.error().message;
      return nullptr;
    }
    zones_.adopt(*loaded, at(kNow));
    return loaded->front().zone;
  }
  /// Without the folder.
  std::string refused(const std::string& zone) {
    const auto loaded = zones_.load(config(zone), at(kNow));
    if (loaded) return "taken";
    std::string text = loaded.error().message;
    for (std::size_t found; (found = text.find(folder_.path() + "/")) != std::string::npos;) {
      text.erase(found, folder_.path().size() + 1);
    }
    return text;
  }
  static std::vector<std::string> data(const Zone& zone, std::string_view name, Type type) {
    const std::optional<Node> node = zone.at(Name::parse(name)->wire());
    const std::optional<RecordSet> set = node ? node->find(type) : std::nullopt;
    return set ? std::vector<std::string>(set->data.begin(), set->data.end()) : std::vector<std::string>();
  }
  static std::string wire(std::string_view name) { return std::string(Name::parse(name)->wire()); }

  config::TempFolder folder_;
  Zones zones_;
};

TEST_F(CompileTest, NamesOfTheConfiguration) {
  const auto zone = compiled(
      "{ ns: [ns1.z.example, ns.y.example], ttl: 20s, failing_ttl: 4s, negative_ttl: 9s, admin: a.b@y.example, names: {"
      "  www: { pool: app, ttl: 3s, txt: hello }, '@': { pool: other, mx: 10 mail.y.example },"
      "  ns1: { a: [192.0.2.1, 192.0.2.2], aaaa: '2001:db8::1' }, '*.w': { cname: www.z.example },"
      "  _s._tcp: { srv: [0 5 80 ., 1 2 3 x.y] }, c: { caa: '128 issue a.b' }, sub: { ns: ns.sub.z.example } } }");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->start().primary.text(), "ns1.z.example");
  EXPECT_EQ(zone->start().admin.text(), "a\\.b.y.example");
  EXPECT_EQ(zone->start().negative_ttl_seconds, 9u);
  EXPECT_EQ(zone->serial(), kNow);
  EXPECT_THAT(data(*zone, "z.example", Type::kNs), ElementsAre(wire("ns1.z.example"), wire("ns.y.example")));
  const std::optional<Node> www = zone->at(wire("www.z.example"));
  ASSERT_TRUE(www->geo());
  EXPECT_EQ(www->geo()->pool, "app");
  EXPECT_EQ(www->geo()->pool_index, 1u);
  EXPECT_EQ(www->geo()->ttl_seconds, 3u);
  EXPECT_EQ(www->geo()->failing_ttl_seconds, 3u) << "never longer than it is otherwise";
  const std::optional<Node> apex = zone->at(wire("z.example"));
  EXPECT_EQ(apex->geo()->pool_index, 0u);
  EXPECT_EQ(apex->geo()->ttl_seconds, 20u);
  EXPECT_EQ(apex->geo()->failing_ttl_seconds, 4u);
  EXPECT_EQ(data(*zone, "ns1.z.example", Type::kA).size(), 2u);
  EXPECT_THAT(data(*zone, "www.z.example", Type::kTxt), ElementsAre("\5hello"));
  EXPECT_THAT(data(*zone, "z.example", Type::kMx), ElementsAre("\0\12"s + wire("mail.y.example")));
  EXPECT_THAT(data(*zone, "_s._tcp.z.example", Type::kSrv),
              ElementsAre("\0\0\0\5\0\x50\0"s, "\0\1\0\2\0\3"s + wire("x.y")));
  EXPECT_THAT(data(*zone, "c.z.example", Type::kCaa), ElementsAre("\x80\5issuea.b"));
  EXPECT_THAT(data(*zone, "*.w.z.example", Type::kCname), ElementsAre(wire("www.z.example")));
  EXPECT_EQ(zone->find(wire("x.sub.z.example"), Type::kA).kind, Found::Kind::kDelegated);
}

TEST_F(CompileTest, AFileBesideThem) {
  folder_.write("z.zone", "@ SOA ns.y.example. who.y.example. 5 1 2 3 4\n@ 30 NS ns2.y.example.\nx 60 A 192.0.2.9\n");
  const auto zone = compiled("{ ns: ns.y.example, file: z.zone, names: { x: { txt: beside }, www: { pool: app } } }");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->start().admin.text(), "who.y.example");
  EXPECT_EQ(zone->start().negative_ttl_seconds, 4u);
  EXPECT_EQ(data(*zone, "z.example", Type::kNs).size(), 2u);
  EXPECT_EQ(data(*zone, "x.z.example", Type::kTxt).size(), 1u);
  EXPECT_EQ(data(*zone, "x.z.example", Type::kA).size(), 1u);
  folder_.write("z.zone", "@ NS ns2.y.example.\n");
  EXPECT_EQ(compiled("{ file: z.zone }")->start().primary.text(), "ns2.y.example");
}

TEST_F(CompileTest, WhatIsWrongWithAFile) {
  const std::string zone = "{ ns: ns.y.example, file: z.zone, names: { x: { a: 192.0.2.1 }, www: { pool: app } } }";
  const std::pair<std::string, std::string> kCases[] = {
      {"a FOO\nb A 1\n",
       "z.zone:1:3: 'FOO' is no type of records; known are A, AAAA, NS, SOA, TXT, CNAME, CAA, SRV, MX, PTR and DS, and "
       "any as TYPE52 \\# LENGTH HEX\nz.zone:2:5: expected an IPv4 address such as 192.0.2.1, found '1'"},
      {"\nx CNAME y\n", "z.zone:2:1: x.z.example: a CNAME stands alone at its name (RFC 1034 section 3.6.2)"},
      {"www A 192.0.2.1\n", "z.zone:1:1: www.z.example: its addresses are those of its pool"},
      {"x 60 A 192.0.2.2\n", "z.zone:1:1: x.z.example: its A records have different TTLs (RFC 2181 section 5.2)"},
      {"@ CNAME y\n", "z.zone:1:1: z.example: there can be no CNAME at a zone's own name (RFC 1034 3.6.2)"},
  };
  for (const auto& [text, expected] : kCases) {
    folder_.write("z.zone", text);
    EXPECT_EQ(refused(zone), expected) << text;
  }
  folder_.write("z.zone", "x A 192.0.2.1\n");
  EXPECT_THAT(refused("{ file: z.zone }"), HasSubstr("z.zone: no NS records for the zone z.example: add them"));
}

TEST_F(CompileTest, AReloadKeepsWhatHasNotChanged) {
  folder_.write("z.zone", "@ NS ns.y.example.\n");
  const std::string text = "{ file: z.zone, names: { www: { pool: app } } }";
  const auto first = compiled(text);
  EXPECT_EQ(compiled("\n      " + text), first) << "elsewhere in the file";
  EXPECT_EQ(first->serial(), kNow);
  const auto second = compiled("{ file: z.zone, names: { www: { pool: other } } }");
  EXPECT_NE(second, first);
  EXPECT_EQ(second->serial(), kNow + 1);
  folder_.write("z.zone", "@ NS ns.y.example.\nx A 192.0.2.1\n");
  EXPECT_THAT(refused("{ file: z.zone, names: { x: { cname: y.example } } }"), HasSubstr("a CNAME stands alone"));
  EXPECT_EQ(second->serial(), kNow + 1) << "what was refused moves nothing";
  EXPECT_EQ(compiled("{ file: z.zone, names: { www: { pool: other } } }")->serial(), kNow + 2);
}

TEST_F(CompileTest, HealthMovesTheSerialsOfGeoNamesAlone) {
  const auto geo = compiled("{ ns: a.b, names: { www: { pool: app } } }");
  zones_.note_regions(at(kNow));
  EXPECT_EQ(geo->serial(), kNow + 1);
  zones_.note_regions(at(kNow + 9));
  EXPECT_EQ(geo->serial(), kNow + 9);
  const auto fixed = compiled("{ ns: a.b }");
  const std::uint32_t before = fixed->serial();
  zones_.note_regions(at(kNow + 20));
  EXPECT_EQ(fixed->serial(), before);
}

}  // namespace
}  // namespace headgate::proxy::dns::zone
