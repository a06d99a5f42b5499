#include <gmock/gmock.h>

#include "geoip/database.h"
#include "geoip/write/mmdb_writer.h"

namespace headgate::geoip::write {
namespace {

std::shared_ptr<const Database> built(std::string_view csv, WrittenMmdb* written = nullptr) {
  const ParsedNetworks parsed = parse_networks(csv);
  EXPECT_TRUE(parsed.problems.empty());
  const auto out =
      write_mmdb(parsed.rows, {.type = "test-City", .description = "a test", .built_seconds = 1'700'000'000});
  if (written != nullptr) *written = *out;
  const auto database = Database::read(out->bytes, "built");
  EXPECT_TRUE(database) << (database ? "" : database.error().message);
  return database ? *database : nullptr;
}
/// "DE 10.1.0.0/16"
std::string found(const Database& database, const std::string& text) {
  const base::IpAddress address = *base::IpAddress::parse(text);
  const Database::Found answer = database.find(address);
  const std::string network = base::IpNetwork{address.masked(answer.prefix_bits), answer.prefix_bits}.text();
  return (answer.place == nullptr ? "nothing" : std::string(answer.place->country.text())) + " " + network;
}

TEST(Writer, KeepsEveryField) {
  const auto database = built(
      "network,country,continent,latitude,longitude,asn,organization,city,region\n"
      "203.0.113.0/24,DE,EU,50.11,-8.68,4294967295,\"Example, Inc.\",Köln,eu\n"
      "192.0.2.0/24,,,0,0,,,,\n"
      "198.51.100.0/24,,,,,,,,us\n");
  const Database::Found first = database->find(*base::IpAddress::parse("203.0.113.77"));
  ASSERT_NE(first.place, nullptr);
  EXPECT_EQ(first.prefix_bits, 24);
  EXPECT_EQ(*first.place,
            (Place{Code("DE"), Code("EU"), 4294967295, Point{50.11, -8.68}, "eu", "Example, Inc.", "Köln"}));
  const Database::Found second = database->find(*base::IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(second.place->location, (Point{0, 0}));
  EXPECT_EQ(database->find(*base::IpAddress::parse("198.51.100.1")).place->region, "us");
  EXPECT_EQ(database->about().type, "test-City");
  EXPECT_EQ(database->about().built_seconds, 1'700'000'000u);
  EXPECT_EQ(database->about().networks, 3u);
}

TEST(Writer, LetsTheLongestPrefixCount) {
  const auto database =
      built("network,country\n10.1.0.0/16,FR\n10.0.0.0/8,DE\n10.1.2.3/32,GB\n2001:db8::/32,US\n2001:db8:1::/48,CA\n");
  EXPECT_EQ(found(*database, "10.1.2.3"), "GB 10.1.2.3/32");
  EXPECT_EQ(found(*database, "10.1.2.2"), "FR 10.1.2.2/32");
  EXPECT_EQ(found(*database, "10.1.255.1"), "FR 10.1.128.0/17");
  EXPECT_EQ(found(*database, "10.2.0.1"), "DE 10.2.0.0/15");
  EXPECT_EQ(found(*database, "11.0.0.1"), "nothing 11.0.0.0/8");
  EXPECT_EQ(found(*database, "2001:db8:1::1"), "CA 2001:db8:1::/48");
  EXPECT_EQ(found(*database, "2001:db8::1"), "US 2001:db8::/48");
}

TEST(Writer, PutsIpv4WhereverItIsLookedFor) {
  const auto database = built("network,country\n203.0.113.0/24,DE\n2001:db8::/32,US\n");
  EXPECT_EQ(found(*database, "::203.0.113.9"), "DE ::203.0.113.0/120");
  EXPECT_EQ(found(*database, "2002:cb00:7109::1"), "DE 2002:cb00:7100::/40");
  EXPECT_EQ(found(*database, "2001:0:cb00:7109::1"), "DE 2001:0:cb00:7100::/56");
}

TEST(Writer, SaysOf6to4WhatTheFileSays) {
  const auto database = built("network,country\n203.0.113.0/24,DE\n2002::/16,US\n");
  EXPECT_EQ(found(*database, "2002:cb00:7109::1"), "US 2002::/16");
}

TEST(Writer, HoldsTheWholeOfAFamily) {
  const auto v6 = built("network,country\n::/0,US\n192.0.2.0/24,DE\n");
  EXPECT_EQ(found(*v6, "2001:db8::1"), "US 2000::/3");
  EXPECT_EQ(found(*v6, "192.0.2.1"), "DE 192.0.2.0/24");
  EXPECT_EQ(found(*v6, "192.0.3.1"), "nothing 192.0.3.0/24") << "IPv6 is not IPv4";
  const auto v4 = built("network,country\n0.0.0.0/0,FR\n");
  EXPECT_EQ(found(*v4, "255.255.255.255"), "FR 0.0.0.0/0");
  EXPECT_EQ(found(*v4, "2a00::1").substr(0, 7), "nothing");
  const auto only_v6 = built("network,country\n2001:db8::1/128,JP\n");
  EXPECT_EQ(found(*only_v6, "2001:db8::1"), "JP 2001:db8::1/128");
  EXPECT_EQ(found(*only_v6, "1.2.3.4"), "nothing 0.0.0.0/0");
}

TEST(Writer, ChoosesTheSizeOfRecords) {
  WrittenMmdb written;
  built("network,country\n10.0.0.0/8,DE\n11.0.0.0/8,DE\n", &written);
  EXPECT_EQ(written.record_bits, 24);
  EXPECT_EQ(written.records, 1u) << "what is alike is written once";
  // Beyond 2^24 nodes and bytes a record has 28 bits.
  std::vector<NetworkRow> rows;
  const std::string padding(200, 'x');
  for (std::uint32_t i = 0; i < 90'000; ++i) {
    NetworkRow row;
    row.network = {base::IpAddress::v4(i << 8), 24};
    row.city = padding + std::to_string(i);
    rows.push_back(std::move(row));
  }
  const auto large = write_mmdb(rows, {});
  ASSERT_TRUE(large);
  EXPECT_EQ(large->record_bits, 28);
  const auto read = Database::read(large->bytes, "large");
  ASSERT_TRUE(read) << read.error().message;
  for (const std::uint32_t i : {0u, 1u, 45'678u, 89'999u}) {
    EXPECT_EQ((*read)->find(base::IpAddress::v4(i << 8 | 7)).place->city, padding + std::to_string(i));
  }
}

}  // namespace
}  // namespace headgate::geoip::write
