#include "proxy/dns/zone/master_file/contents.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/dns/zone/master_file/words.h"

namespace headgate::proxy::dns::zone::master_file {
namespace {

using namespace std::string_literals;
using wire::dns::Name;
using wire::dns::type_text;

Name name(std::string_view text) {
  return *Name::parse(text);
}

/// "OWNER TTL TYPE hex-of-data" a line, and then "LINE:COLUMN: WHAT" for each problem.
std::string told(std::string_view text, std::string_view apex = "z.example") {
  const Contents contents = read(text, name(apex), 30);
  std::string out;
  for (const Record& record : contents.records) {
    out += fmt::format("{} {} {} ", record.owner.text(), record.ttl_seconds, type_text(record.type));
    for (const char c : record.data) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    out += '\n';
  }
  for (const Problem& problem : contents.problems) {
    out += fmt::format("{}:{}: {}\n", problem.spot.line, problem.spot.column, problem.what);
  }
  return out;
}

TEST(MasterFile, AZoneAsItIsWritten) {
  const Contents contents = read(
      "$ORIGIN z.example.\n"
      "$TTL 1h30m ; for all below\n"
      "@ IN SOA ns1 host.master.z.example. ( 2026112601 ; serial\n"
      "        7200  ; refresh\n"
      "        15m 2W 60 )\n"
      "  IN NS ns1\n"
      "  NS ns.elsewhere.example.\n"
      "ns1 300 IN A 192.0.2.1\n"
      "    IN 300 A 192.0.2.2\r\n"
      "    AAAA 2001:db8::1\n"
      "\n"
      "; a comment\n"
      "WWW CNAME @\n"
      "$ORIGIN sub\n"
      "mail MX 10 mail\n",
      name("z.example"), 30);
  ASSERT_TRUE(contents.problems.empty()) << contents.problems[0].what;
  ASSERT_TRUE(contents.start);
  EXPECT_EQ(contents.start->primary, name("ns1.z.example"));
  EXPECT_EQ(contents.start->admin, name("host.master.z.example"));
  EXPECT_EQ(contents.start->serial, 2026112601u);
  EXPECT_EQ(contents.start->refresh_seconds, 7200u);
  EXPECT_EQ(contents.start->retry_seconds, 900u);
  EXPECT_EQ(contents.start->expire_seconds, 14u * 24 * 3600);
  EXPECT_EQ(contents.start->negative_ttl_seconds, 60u);
  EXPECT_EQ(contents.start->ttl_seconds, 5400u);
  ASSERT_EQ(contents.records.size(), 7u);
  EXPECT_EQ(contents.records[0].owner, name("z.example"));
  EXPECT_EQ(contents.records[1].data, name("ns.elsewhere.example").wire());
  EXPECT_EQ(contents.records[2].ttl_seconds, 300u);
  EXPECT_EQ(contents.records[3].owner, name("ns1.z.example")) << "the one before";
  EXPECT_EQ(contents.records[3].spot, (Spot{9, 5}));
  EXPECT_EQ(contents.records[4].ttl_seconds, 5400u);
  EXPECT_EQ(contents.records[5].owner, name("www.z.example"));
  EXPECT_EQ(contents.records[6].owner, name("mail.sub.z.example"));
  EXPECT_EQ(contents.records[6].data, "\0\12"s + std::string(name("mail.sub.z.example").wire()));
}

TEST(MasterFile, DataOfEachType) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } kCases[] = {
      {"x A 192.0.2.1", "x.z.example 30 A c0000201\n"},
      {"x AAAA ::1", "x.z.example 30 AAAA 00000000000000000000000000000001\n"},
      {"x NS .", "x.z.example 30 NS 00\n"},
      {"x CNAME Y", "x.z.example 30 CNAME 0179017a076578616d706c6500\n"},
      {"x PTR y.", "x.z.example 30 PTR 017900\n"},
      {"x TXT a \"b c\" \"\"",
       "x.z.example 30 TXT 016103622063"
       "00\n"},
      {R"(x TXT "\"\;\007\\")", "x.z.example 30 TXT 04223b075c\n"},
      {"x TXT \"a;(b\" ; c", "x.z.example 30 TXT 04613b2862\n"},
      {"x MX 10 y.", "x.z.example 30 MX 000a017900\n"},
      {"x SRV 1 2 3 y.", "x.z.example 30 SRV 000100020003017900\n"},
      {"x CAA 128 issue \"a.b\"", "x.z.example 30 CAA 80056973737565612e62\n"},
      {"x DS 1 13 2 00ff 10", "x.z.example 30 DS 00010d0200ff10\n"},
      {R"(x TYPE52 \# 3 01 ( 02
          03 ))",
       "x.z.example 30 TYPE52 010203\n"},
      {R"(x TYPE65280 \# 0)", "x.z.example 30 TYPE65280 \n"},
      {R"(x A \# 4 C0000201)", "x.z.example 30 A c0000201\n"},
      {R"(x TYPE1 \# 4 c0000201)", "x.z.example 30 A c0000201\n"},
      {R"(x NS \# 3 015900)", "x.z.example 30 NS 017900\n"},
      {R"(a\.b A 192.0.2.1)", "a\\.b.z.example 30 A c0000201\n"},
      {R"(\065 A 192.0.2.1)", "a.z.example 30 A c0000201\n"},
      {R"(\@ A 192.0.2.1)", "\\@.z.example 30 A c0000201\n"},
      {"* A 192.0.2.1", "*.z.example 30 A c0000201\n"},
      {"in in a 192.0.2.1", "in.z.example 30 A c0000201\n"},
  };
  for (const auto& each : kCases) EXPECT_EQ(told(each.text), each.expected) << each.text;
}

TEST(MasterFile, TimesToLive) {
  EXPECT_EQ(told("x 5 A 192.0.2.1\ny A 192.0.2.1\n$TTL 7\nz A 192.0.2.1\nw IN 8 A 192.0.2.1\nv A 192.0.2.1"),
            "x.z.example 5 A c0000201\ny.z.example 5 A c0000201\nz.z.example 7 A c0000201\n"
            "w.z.example 8 A c0000201\nv.z.example 7 A c0000201\n");
  const std::pair<std::string_view, std::optional<std::uint32_t>> kTexts[] = {
      {"0", 0},
      {"1h30m", 5400},
      {"1W2D", 9u * 24 * 3600},
      {"2147483647", 2147483647},
      {"2147483648", {}},
      {"99999999999999999999", {}},
      {"1x", {}},
      {"h", {}},
      {"", {}},
      {"1h2", 3602},
      {"-1", {}},
  };
  for (const auto& [text, seconds] : kTexts) EXPECT_EQ(ttl_of(text), seconds) << text;
}

TEST(MasterFile, WhatIsWrongHasAPlaceAndARemedy) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } kCases[] = {
      {"x A 192.0.2.256", "1:5: expected an IPv4 address such as 192.0.2.1, found '192.0.2.256'\n"},
      {"x A", "1:4: the record ends where an IPv4 address should stand\n"},
      {"x", "1:2: the record ends where its type should stand\n"},
      {"x A 192.0.2.1 192.0.2.2", "1:15: '192.0.2.2' is more than the record has; a comment begins with ';'\n"},
      {"  A 192.0.2.1", "1:3: the line begins with a blank, which stands for the name before, and there is none\n"},
      {"x..y A 192.0.2.1",
       "1:1: expected the name that the record is for: 'x..y' is no domain name: a label is empty\n"},
      {"x.other. A 192.0.2.1", "1:1: x.other is not in the zone z.example\n"},
      {"$ORIGIN other.\nx A 192.0.2.1", "2:1: x.other is not in the zone z.example; $ORIGIN is other\n"},
      {"\n\nx (A 192.0.2.1", "3:3: this parenthesis is never closed: the record goes on to the end of the file\n"},
      {"x ) A 192.0.2.1", "1:3: this parenthesis closes none\n"},
      {"x TXT \"abc\ny A 192.0.2.1",
       "y.z.example 30 A c0000201\n1:7: this string is not closed in its line; one that is longer goes on as another "
       "string within parentheses\n"},
      {"x TXT a\\\n",
       "1:8: '\\' stands before a character, or three digits; a record goes on in the next line within parentheses\n"},
      {R"(x TXT \256)", "1:7: '\\' stands before a character, or three digits up to 255, as \\007\n"},
      {"$INCLUDE other.zone",
       "1:1: $INCLUDE is not followed: a zone is one file, which is read anew when it changes; put the other's records "
       "here\n"},
      {"$GENERATE 1-3 a A 192.0.2.$", "1:1: $GENERATE is BIND's own and not known here: write the records out\n"},
      {"$FOO 1",
       "1:1: '$FOO' is not known; $ORIGIN and $TTL are. A name that begins with a dollar sign is written \\$\n"},
      {"x CH A 192.0.2.1", "1:3: class CH is not answered by; records here are of class IN\n"},
      {"x AA 192.0.2.1",
       "1:3: 'AA' is no type of records; known are A, AAAA, NS, SOA, TXT, CNAME, CAA, SRV, MX, PTR and DS, and any as "
       "TYPE52 \\# LENGTH HEX\n"},
      {"x TLSA 3 1 1 00",
       "1:3: TLSA records are written generically here: TYPE52 \\# and the data's length and hexadecimal digits (RFC "
       "3597 section 5)\n"},
      {"x DNSKEY 256 3 13 AAAA",
       "1:3: DNSKEY records are made as answers are signed: leave them out, and give the zone dnssec.key\n"},
      {"x DNAME y.", "1:3: DNAME records are not answered by; a wildcard CNAME may do\n"},
      {"x TYPE255 \\# 0", "1:3: TYPE255 is no type of records in a zone\n"},
      {"x TYPE46 \\# 0", "1:3: records of TYPE46 are not answered by from a file\n"},
      {"x TYPE52 3 1 1 00", "1:10: data of TYPE52 are written generically: \\# LENGTH HEX (RFC 3597 section 5)\n"},
      {"x TYPE52 \\# 2 00", "1:10: the data are 1 byte, and the length says 2\n"},
      {"x TYPE52 \\# 1 0", "1:16: the data has an odd number of hexadecimal digits\n"},
      {"x TYPE52 \\# 1 0g", "1:15: expected the data in hexadecimal digits, found '0g'\n"},
      {"x A \\# 3 000000", "1:5: these are no data of an A record; they can be written as the type has it\n"},
      {"x NS \\# 2 c00c", "1:6: these are no data of an NS record; they can be written as the type has it\n"},
      {"x MX ten y.", "1:6: expected a preference, a number from 0 to 65535, found 'ten'\n"},
      {"x SOA a. b. 1 2 3 4 5", "1:1: an SOA record of x.z.example, and the zone is z.example\n"},
      {"@ SOA a. b. 1 2 3 4 5\n@ SOA a. b. 1 2 3 4 5", "2:1: a second SOA record; a zone has one\n"},
      {"@ SOA a. b. 1 2 3 4", "1:20: the record ends where a negative TTL should stand\n"},
      {"x CAA 0 is-sue a.b", "1:9: 'is-sue' is no tag: 1 to 15 letters and digits, such as issue, issuewild, iodef\n"},
      {"x..y A 192.0.2.1\n  A 192.0.2.2\ny A 192.0.2.3",
       "y.z.example 30 A c0000203\n"
       "1:1: expected the name that the record is for: 'x..y' is no domain name: a label is empty\n"
       "2:3: the line begins with a blank, which stands for the name before, and there is none\n"},
  };
  for (const auto& each : kCases) EXPECT_EQ(told(each.text), each.expected) << each.text;
  EXPECT_EQ(told("x A 192.0.2.1\0"s), "1:14: a control character; this is to be a text file\n");
}

TEST(MasterFile, ProblemsAreCounted) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "x FOO 1\n";
  EXPECT_EQ(read(text, name("z.example"), 30).problems.size(), 20u);
  const std::vector<Problem> all = read(text + "x FOO 1\nx FOO 1\n", name("z.example"), 30).problems;
  ASSERT_EQ(all.size(), 21u);
  EXPECT_EQ(all.back().what, "more problems follow, which are not shown");
}

TEST(MasterFile, WordsStringsAndTextsAreBounded) {
  const auto words = [](std::size_t count) {
    std::string text = "x TXT";
    for (std::size_t i = 2; i < count; ++i) text += " \"\"";
    return told(text);
  };
  EXPECT_EQ(words(kTokensMax).find("1:"), std::string::npos);
  EXPECT_NE(words(kTokensMax + 1).find("a record has more than 4096 words; is a parenthesis not closed?"),
            std::string::npos);
  EXPECT_EQ(told("x TXT " + std::string(255, 'a')).find("1:"), std::string::npos);
  EXPECT_NE(told("x TXT " + std::string(256, 'a')).find("a string of 256 bytes, and one has at most 255"),
            std::string::npos);
  const std::string sixteen = [] {
    std::string out = "x TXT";
    for (int i = 0; i < 16; ++i) out += " " + std::string(255, 'a');
    return out;
  }();
  EXPECT_EQ(told(sixteen).find("1:"), std::string::npos);
  EXPECT_NE(told(sixteen + " b").find("the texts of a record are over 4096 bytes"), std::string::npos);
}

}  // namespace
}  // namespace headgate::proxy::dns::zone::master_file
