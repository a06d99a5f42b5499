#include "proxy/dns/zone/zone_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "proxy/dns/zone/records.h"

namespace headgate::proxy::dns::zone {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::dns::Name;
using wire::dns::Type;

Name name(std::string_view text) {
  return *Name::parse(text);
}

class ZoneTest : public ::testing::Test {
 protected:
  void add(std::string_view at, Type type, std::string data) {
    const base::Result<void> added = builder_.add(name(at), type, 30, std::move(data));
    EXPECT_TRUE(added) << added.error().message;
  }
  std::string refusal(std::string_view at, Type type, std::uint32_t ttl_seconds = 30) {
    const base::Result<void> added = builder_.add(name(at), type, ttl_seconds, "data");
    return added ? "added" : added.error().message;
  }
  Found find(std::string_view what, Type type = Type::kA) {
    return (zone_ = builder_.build()).find(kept_ = name(what).wire(), type);
  }

  ZoneBuilder builder_{name("example.com"), Start{}};
  Zone zone_ = builder_.build();
  std::string kept_;
};

TEST_F(ZoneTest, NamesAndWhatIsNotThere) {
  add("www.example.com", Type::kA, "1234");
  add("a.b.example.com", Type::kA, "1234");
  EXPECT_EQ(find("www.example.com").node->find(Type::kA)->data.size(), 1u);
  EXPECT_EQ(find("www.example.com").node->find(Type::kAaaa), std::nullopt);
  EXPECT_EQ(find("ww.example.com").kind, Found::Kind::kNoName);
  EXPECT_EQ(find("x.www.example.com").kind, Found::Kind::kNoName);
  EXPECT_EQ(find("b.example.com").kind, Found::Kind::kNode);  // only names below it, but it exists
  EXPECT_EQ(find("b.example.com").node->size(), 0u);
  EXPECT_EQ(find("example.com").kind, Found::Kind::kNode);
  EXPECT_EQ(zone_.names(), 4u);
}

TEST_F(ZoneTest, WildcardsStandForWhatIsNotThere) {
  add("*.example.com", Type::kA, "wild");
  add("host.example.com", Type::kTxt, "\1t");
  add("*.sub.example.com", Type::kMx, "mx");
  add("deep.sub.example.com", Type::kA, "deep");
  const Found found = find("anything.example.com");
  ASSERT_EQ(found.kind, Found::Kind::kNode);
  EXPECT_TRUE(found.is_wildcard);
  EXPECT_EQ(found.node->find(Type::kA)->data.front(), "wild");
  EXPECT_EQ(find("very.deep.example.com").node->find(Type::kA)->data.front(), "wild");
  EXPECT_EQ(find("host.example.com").node->find(Type::kA), std::nullopt);  // it exists, so nothing stands for it
  EXPECT_EQ(find("x.host.example.com").kind, Found::Kind::kNoName);
  EXPECT_EQ(find("x.sub.example.com").node->find(Type::kA), std::nullopt);
  EXPECT_TRUE(find("x.sub.example.com", Type::kMx).is_wildcard);
  EXPECT_EQ(find("sub.example.com").node->size(), 0u);
  EXPECT_EQ(find("x.deep.sub.example.com").kind, Found::Kind::kNoName);
  EXPECT_FALSE(find("*.example.com").is_wildcard);  // asked for by its own name
}

TEST_F(ZoneTest, Delegations) {
  add("example.com", Type::kNs, "ns");
  add("child.example.com", Type::kNs, "ns");
  add("ns.child.example.com", Type::kA, "glue");
  add("child.example.com", Type::kDs, "ds");
  add("*.example.com", Type::kA, "wild");
  EXPECT_EQ(find("example.com", Type::kNs).kind, Found::Kind::kNode);
  const Found found = find("a.b.child.example.com");
  ASSERT_EQ(found.kind, Found::Kind::kDelegated);
  EXPECT_EQ(found.cut, name("child.example.com").wire());
  EXPECT_NE(found.node->find(Type::kNs), std::nullopt);
  EXPECT_EQ(find("ns.child.example.com").kind, Found::Kind::kDelegated);
  EXPECT_EQ(find("child.example.com").kind, Found::Kind::kDelegated);
  EXPECT_EQ(find("child.example.com", Type::kDs).kind, Found::Kind::kNode);
  EXPECT_EQ(find("x.child.example.com", Type::kDs).kind, Found::Kind::kDelegated);
  EXPECT_NE(zone_.at(name("ns.child.example.com").wire()), std::nullopt);
}

TEST_F(ZoneTest, WhatDoesNotGoTogether) {
  add("alias.example.com", Type::kCname, "target");
  add("www.example.com", Type::kA, "1234");
  EXPECT_THAT(refusal("other.net", Type::kA), HasSubstr("not in the zone example.com"));
  EXPECT_THAT(refusal("example.com", Type::kCname), HasSubstr("zone's own name"));
  EXPECT_THAT(refusal("example.com", Type::kSoa), HasSubstr("zone's own"));
  EXPECT_THAT(refusal("alias.example.com", Type::kA), HasSubstr("stands alone"));
  EXPECT_THAT(refusal("alias.example.com", Type::kCname), HasSubstr("stands alone"));
  EXPECT_THAT(refusal("www.example.com", Type::kCname), HasSubstr("stands alone"));
  EXPECT_THAT(refusal("www.example.com", Type::kA, 31), HasSubstr("different TTLs"));
  EXPECT_EQ(refusal("www.example.com", Type::kA), "added");
  EXPECT_EQ(refusal("www.example.com", Type::kA), "added");
  EXPECT_EQ(find("www.example.com").node->find(Type::kA)->data.size(), 2u);  // the same twice is once

  EXPECT_FALSE(builder_.add_geo(name("www.example.com"), {"app", 30}));
  EXPECT_FALSE(builder_.add_geo(name("alias.example.com"), {"app", 30}));
  EXPECT_FALSE(builder_.add_geo(name("other.net"), {"app", 30}));
  ASSERT_TRUE(builder_.add_geo(name("example.com"), {"app", 30}));
  EXPECT_FALSE(builder_.add_geo(name("example.com"), {"app", 30}));
  EXPECT_THAT(refusal("example.com", Type::kAaaa), HasSubstr("its pool"));
  EXPECT_EQ(refusal("example.com", Type::kTxt), "added");
  ASSERT_TRUE(builder_.add_geo(name("*.geo.example.com"), {"app", 30}));
  EXPECT_TRUE(find("x.geo.example.com").node->geo());
  EXPECT_EQ(zone_.at(name("other.net").wire()), std::nullopt);
}

TEST_F(ZoneTest, WhatStandsAtANameStandsInTheOrderItCame) {
  add("many.example.com", Type::kTxt, "");
  add("many.example.com", Type::kTxt, "\1b");
  add("many.example.com", Type::kA, "1234");
  add("many.example.com", Type::kTxt, std::string(300, 'c'));
  ASSERT_TRUE(builder_.add_geo(name("geo.example.com"), {"app", 30, 5, 1}));
  ASSERT_TRUE(builder_.add_geo(name("same.example.com"), {"app", 30, 5, 1}));
  ASSERT_TRUE(builder_.add_geo(name("other.example.com"), {"other", 30, 5, 2}));
  const std::optional<Node> many = find("many.example.com").node;
  ASSERT_TRUE(many);
  EXPECT_EQ(many->geo(), nullptr);
  std::vector<Type> types;
  for (const RecordSet& set : *many) types.push_back(set.type);
  EXPECT_THAT(types, ElementsAre(Type::kTxt, Type::kA));
  const Records texts = many->find(Type::kTxt)->data;
  EXPECT_THAT(std::vector<std::string>(texts.begin(), texts.end()), ElementsAre("", "\1b", std::string(300, 'c')));
  EXPECT_EQ(many->find(Type::kTxt)->ttl_seconds, 30u);
  EXPECT_EQ(*zone_.at(name("geo.example.com").wire())->geo(), (GeoName{"app", 30, 5, 1}));
  EXPECT_EQ(zone_.at(name("geo.example.com").wire())->geo(), zone_.at(name("same.example.com").wire())->geo());
  EXPECT_EQ(zone_.at(name("other.example.com").wire())->geo()->pool, "other");
  EXPECT_TRUE(zone_.has_geo_names());
}

TEST_F(ZoneTest, EveryNameOfManyIsFoundAndNoOther) {
  constexpr std::uint32_t kNames = 5000;
  for (std::uint32_t i = 0; i < kNames; ++i) {
    add(std::to_string(i) + ".example.com", Type::kA, address_data(base::IpAddress::v4(i)));
  }
  const Zone zone = builder_.build();
  EXPECT_EQ(zone.names(), kNames + 1);
  for (std::uint32_t i = 0; i < kNames; ++i) {
    const std::optional<Node> node = zone.at(name(std::to_string(i) + ".example.com").wire());
    ASSERT_TRUE(node) << i;
    EXPECT_EQ(node->find(Type::kA)->data.front(), address_data(base::IpAddress::v4(i)));
    EXPECT_FALSE(zone.at(name(std::to_string(i + kNames) + ".example.com").wire())) << i;
  }
}

TEST_F(ZoneTest, Bounds) {
  const std::string whole(kDataBytesMax, 'x');
  EXPECT_TRUE(builder_.add(name("x.example.com"), Type::kTxt, 30, whole));
  EXPECT_EQ(find("x.example.com", Type::kTxt).node->find(Type::kTxt)->data.front(), whole);
  EXPECT_THAT(builder_.add(name("x.example.com"), Type::kTxt, 30, whole + "x").error().message,
              HasSubstr("a record of over 65535 bytes"));
  for (std::size_t i = 0; i < kSetRecordsMax; ++i) add("set.example.com", Type::kTxt, std::to_string(i));
  EXPECT_THAT(refusal("set.example.com", Type::kTxt), HasSubstr("at most 1024 TXT records"));
  EXPECT_TRUE(builder_.add(name("set.example.com"), Type::kTxt, 30, "7")) << "it is there already";
  EXPECT_EQ(find("set.example.com").node->find(Type::kTxt)->data.size(), kSetRecordsMax);
  for (std::size_t i = 0; i < kTypesMax; ++i) add("types.example.com", static_cast<Type>(1000 + i), "data");
  EXPECT_THAT(refusal("types.example.com", Type::kA), HasSubstr("records of at most 64 types"));
}

TEST(ZoneBuilder, AZoneHasABoundOfBytes) {
  // Of the first byte, and of two names with 7 bytes beside each; of a set 12, of a record 2.
  constexpr std::size_t kBytes = 1 + (7 + 3) + (7 + 5) + (12 + 2 + 4) + (2 + 4);
  for (const std::size_t bytes_max : {kBytes, kBytes - 1}) {
    ZoneBuilder builder(name("a"), Start{}, nullptr, bytes_max);
    ASSERT_TRUE(builder.add(name("b.a"), Type::kA, 30, "1234"));
    const base::Result<void> added = builder.add(name("b.a"), Type::kA, 30, "5678");
    EXPECT_EQ(static_cast<bool>(added), bytes_max == kBytes);
    if (!added) EXPECT_THAT(added.error().message, HasSubstr("b.a: with it the zone has over"));
    EXPECT_FALSE(builder.add_geo(name("c.a"), {"app", 30}));
    EXPECT_EQ(builder.build().at(name("b.a").wire())->find(Type::kA)->data.size(), added ? 2u : 1u);
    EXPECT_EQ(builder.build().names(), 2u) << "what is refused leaves nothing behind";
  }
}

TEST(DnsRecords, Data) {
  EXPECT_EQ(address_data(*base::IpAddress::parse("192.0.2.1")), "\xc0\0\2\1"s);
  EXPECT_EQ(address_data(*base::IpAddress::parse("2001:db8::1")).size(), 16u);
  EXPECT_EQ(*text_data(""), "\0"s);
  EXPECT_EQ(*text_data("hi"), "\2hi");
  EXPECT_EQ(text_data(std::string(256, 'a'))->substr(256), "\1a");
  EXPECT_TRUE(text_data(std::string(4096, 'a')));
  EXPECT_FALSE(text_data(std::string(4097, 'a')));
  EXPECT_EQ(mx_data(10, name("mx.a")), "\0\x0a\2mx\1a\0"s);
  EXPECT_EQ(srv_data(1, 2, 443, name("s")), "\0\1\0\2\1\xbb\1s\0"s);
  EXPECT_EQ(*caa_data(true, "Issue", "ca.net"), "\x80\5issueca.net");
  EXPECT_FALSE(caa_data(false, "", "x"));
  EXPECT_FALSE(caa_data(false, "is-sue", "x"));
  EXPECT_FALSE(caa_data(false, std::string(16, 'a'), "x"));
  const std::array<char, 20> numbers = soa_numbers(1, 2, 3, 4, 5);
  EXPECT_EQ(std::string(numbers.data(), numbers.size()), "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"s);
}

}  // namespace
}  // namespace headgate::proxy::dns::zone
