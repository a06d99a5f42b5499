#include "proxy/dns/zone/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "proxy/dns/zone/zone_builder.h"
#include "tests/unit/wire/dns/messages.h"

namespace headgate::proxy::dns::zone {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using wire::dns::Name;
using wire::dns::Query;
using wire::dns::Rcode;
using wire::dns::Response;
using wire::dns::Type;
using wire::dns::testing::asking;
using wire::dns::testing::opt;
using wire::dns::testing::option;

Name name(std::string_view text) {
  return *Name::parse(text);
}

/// Gives what the test says, and notes what it was asked.
class FixedChooser : public Chooser {
 public:
  Addresses choose(const GeoName& geo, Type type) override {
    asked.push_back(geo.pool + " " + type_text(type));
    return {type == Type::kA ? v4 : v6, 7, 16};
  }
  std::vector<std::string> v4{"aaaa", "bbbb"};
  std::vector<std::string> v6;
  std::vector<std::string> asked;
};

class AnswerTest : public ::testing::Test {
 protected:
  AnswerTest() {
    add("a", Type::kNs, std::string(name("ns.a").wire()));
    add("ns.a", Type::kA, "1234");
    add("www.a", Type::kA, "1111");
    add("www.a", Type::kA, "2222");
    add("alias.a", Type::kCname, std::string(name("www.a").wire()));
    add("far.a", Type::kCname, std::string(name("www.b").wire()));
    add("lost.a", Type::kCname, std::string(name("nobody.a").wire()));
    add("loop.a", Type::kCname, std::string(name("loop2.a").wire()));
    add("loop2.a", Type::kCname, std::string(name("loop.a").wire()));
    add("*.wild.a", Type::kTxt, "\1w");
    add("child.a", Type::kNs, std::string(name("ns.child.a").wire()));
    add("child.a", Type::kNs, std::string(name("ns.b").wire()));
    add("ns.child.a", Type::kA, "glue");
    add("into.a", Type::kCname, std::string(name("x.child.a").wire()));
    EXPECT_TRUE(zone_.add_geo(name("geo.a"), {"app", 30}));
    add("geo.a", Type::kTxt, "\1t");
  }
  void add(std::string_view at, Type type, std::string data) {
    EXPECT_TRUE(zone_.add(name(at), type, 30, std::move(data))) << at;
  }

  /// The records of the answer, a line each: "answer NAME TYPE TTL DATA".
  std::vector<std::string> ask(std::string_view what, Type type, const std::string& records = "") {
    message_ = asking(what, type, records);
    EXPECT_EQ(parse_query(message_, query_), wire::dns::Sense::kAsked);
    Response response(query_, buffer_, bytes_max_);
    made_.emplace(zone_.build());
    verdict_ = answer(*made_, query_, turn_++, chooser_, response);
    does_fit_ = response.does_fit();
    bytes_ = {buffer_.data(), response.finish(verdict_.rcode, verdict_.is_authoritative)};
    return lines();
  }

  std::string name_at(std::size_t& at) const {
    std::string out;
    std::size_t here = at;
    bool has_jumped = false;
    while (true) {
      const auto length = static_cast<unsigned char>(bytes_[here]);
      if ((length & 0xc0) == 0xc0) {
        if (!has_jumped) at = here + 2;
        has_jumped = true;
        here = static_cast<std::size_t>((length & 0x3f) << 8 | static_cast<unsigned char>(bytes_[here + 1]));
        continue;
      }
      if (length == 0) break;
      out += (out.empty() ? "" : ".") + std::string(bytes_.substr(here + 1, length));
      here += 1U + length;
    }
    if (!has_jumped) at = here + 1;
    return out;
  }
  unsigned u16(std::size_t at) const {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes_[at]) << 8 |
                                 static_cast<unsigned char>(bytes_[at + 1]));
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    std::size_t at = wire::dns::kHeaderBytes + query_.question_bytes();
    const char* const sections[] = {"answer", "authority", "additional"};
    for (std::size_t section = 0; section < 3; ++section) {
      for (unsigned i = 0; i < u16(6 + 2 * section); ++i) {
        std::string line = std::string(sections[section]) + " " + name_at(at);
        const auto type = static_cast<Type>(u16(at));
        const unsigned ttl = u16(at + 4) << 16 | u16(at + 6);
        const std::size_t length = u16(at + 8);
        std::size_t data_at = at + 10;
        at = data_at + length;
        if (type == Type::kOpt) continue;
        line += " " + type_text(type) + " " + std::to_string(ttl) + " ";
        const bool is_name = type == Type::kNs || type == Type::kCname || type == Type::kSoa;
        line += is_name ? name_at(data_at) : std::string(bytes_.substr(data_at, length));
        out.push_back(line);
      }
    }
    EXPECT_EQ(at, bytes_.size());
    return out;
  }

  static constexpr const char* kNoSuchThing = "authority a SOA 20 ns.a";
  ZoneBuilder zone_{name("a"), Start{.primary = name("ns.a"), .admin = name("host.a"), .negative_ttl_seconds = 20}};
  std::optional<Zone> made_;
  FixedChooser chooser_;
  std::array<char, 4096> buffer_;
  std::size_t bytes_max_ = 512;
  std::string message_;
  std::string_view bytes_;
  Query query_;
  Verdict verdict_;
  bool does_fit_ = true;
  std::uint32_t turn_ = 0;
};

TEST_F(AnswerTest, SetsTakeTurns) {
  EXPECT_THAT(ask("www.a", Type::kA), ElementsAre("answer www.a A 30 1111", "answer www.a A 30 2222"));
  EXPECT_THAT(ask("www.a", Type::kA), ElementsAre("answer www.a A 30 2222", "answer www.a A 30 1111"));
  EXPECT_TRUE(verdict_.is_authoritative);
}

TEST_F(AnswerTest, WhatIsNotThere) {
  EXPECT_THAT(ask("www.a", Type::kAaaa), ElementsAre(kNoSuchThing));
  EXPECT_EQ(verdict_.rcode, Rcode::kNoError);
  EXPECT_THAT(ask("nobody.a", Type::kA), ElementsAre(kNoSuchThing));
  EXPECT_EQ(verdict_.rcode, Rcode::kNxDomain);
  EXPECT_THAT(ask("wild.a", Type::kTxt), ElementsAre(kNoSuchThing));
  EXPECT_EQ(verdict_.rcode, Rcode::kNoError);
  EXPECT_THAT(ask("x.wild.a", Type::kTxt), ElementsAre("answer x.wild.a TXT 30 \1w"));
}

TEST_F(AnswerTest, TheZonesOwnName) {
  EXPECT_THAT(ask("a", Type::kSoa), ElementsAre("answer a SOA 3600 ns.a"));
  EXPECT_THAT(ask("a", Type::kNs), ElementsAre("answer a NS 30 ns.a"));
  EXPECT_THAT(ask("www.a", Type::kSoa), ElementsAre(kNoSuchThing));
}

TEST_F(AnswerTest, Aliases) {
  EXPECT_THAT(ask("alias.a", Type::kA),
              ElementsAre("answer alias.a CNAME 30 www.a", "answer www.a A 30 1111", "answer www.a A 30 2222"));
  EXPECT_THAT(ask("alias.a", Type::kCname), ElementsAre("answer alias.a CNAME 30 www.a"));
  EXPECT_THAT(ask("alias.a", Type::kTxt), ElementsAre("answer alias.a CNAME 30 www.a", kNoSuchThing));
  EXPECT_THAT(ask("far.a", Type::kA), ElementsAre("answer far.a CNAME 30 www.b"));
  EXPECT_THAT(ask("lost.a", Type::kA), ElementsAre("answer lost.a CNAME 30 nobody.a", kNoSuchThing));
  EXPECT_EQ(verdict_.rcode, Rcode::kNxDomain);  // of the name at the chain's end (RFC 6604)
  EXPECT_EQ(ask("loop.a", Type::kA).size(), static_cast<std::size_t>(kAliasesMax) + 1);
  EXPECT_EQ(verdict_.rcode, Rcode::kNoError);
}

TEST_F(AnswerTest, DelegationsWithGlue) {
  EXPECT_THAT(ask("x.child.a", Type::kA),
              ElementsAre("authority child.a NS 30 ns.child.a", "authority child.a NS 30 ns.b",
                          "additional ns.child.a A 30 glue"));
  EXPECT_FALSE(verdict_.is_authoritative);
  EXPECT_EQ(ask("into.a", Type::kA).front(), "answer into.a CNAME 30 x.child.a");
  EXPECT_TRUE(verdict_.is_authoritative);
}

TEST_F(AnswerTest, GeoNames) {
  EXPECT_THAT(ask("geo.a", Type::kA, opt(option(wire::dns::Option::kClientSubnet, "\0\1\x18\0\1\2\3"s))),
              ElementsAre("answer geo.a A 7 aaaa", "answer geo.a A 7 bbbb"));
  EXPECT_EQ(bytes_.substr(bytes_.size() - 5), "\x18\x10\1\2\3"s);  // 24 bits were asked for, 16 count
  EXPECT_EQ(verdict_.geo->pool, "app");
  EXPECT_THAT(ask("geo.a", Type::kAaaa), ElementsAre(kNoSuchThing));
  EXPECT_THAT(ask("geo.a", Type::kTxt), ElementsAre("answer geo.a TXT 30 \1t"));
  EXPECT_EQ(verdict_.geo, nullptr);
  EXPECT_THAT(chooser_.asked, ElementsAre("app A", "app AAAA"));
}

TEST_F(AnswerTest, AnyIsLittle) {
  EXPECT_THAT(ask("www.a", Type::kAny), ElementsAre("answer www.a HINFO 3600 \7RFC8482\0"s));
  EXPECT_THAT(ask("geo.a", Type::kAny), ElementsAre(HasSubstr("HINFO")));
  EXPECT_THAT(ask("alias.a", Type::kAny), ElementsAre(HasSubstr("answer alias.a HINFO")));
  EXPECT_THAT(ask("wild.a", Type::kAny), ElementsAre(kNoSuchThing));
}

TEST_F(AnswerTest, TransfersAreRefused) {
  EXPECT_THAT(ask("a", Type::kAxfr), IsEmpty());
  EXPECT_EQ(verdict_.rcode, Rcode::kRefused);
}

TEST_F(AnswerTest, WhatDoesNotFitIsNotGivenInPart) {
  for (int i = 0; i < 40; ++i) add("many.a", Type::kA, std::string(4, static_cast<char>('A' + i)));
  EXPECT_THAT(ask("many.a", Type::kA), IsEmpty());
  EXPECT_FALSE(does_fit_);
  EXPECT_NE(bytes_[2] & 0x02, 0);
  bytes_max_ = 4096;
  EXPECT_EQ(ask("many.a", Type::kA).size(), 40u);
}

}  // namespace
}  // namespace headgate::proxy::dns::zone
