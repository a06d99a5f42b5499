#include "wire/dns/query.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/wire/dns/messages.h"

namespace headgate::wire::dns {
namespace {

using namespace std::string_literals;
using testing::asking;
using testing::header;
using testing::opt;
using testing::option;

class QueryTest : public ::testing::Test {
 protected:
  Sense parse(std::string message) {
    message_ = std::move(message);
    return parse_query(message_, query_);
  }
  Sense parse_option(const std::string& options) { return parse(asking("a", Type::kA, opt(options))); }

  std::string message_;
  Query query_;
};

TEST_F(QueryTest, AQuestion) {
  ASSERT_EQ(parse(header(0x1234, 0x0110, 1) + "\3wWw\1a\0\0\x1c\0\1"s), Sense::kAsked);
  EXPECT_EQ(query_.id, 0x1234);
  EXPECT_TRUE(query_.recursion_desired);
  EXPECT_TRUE(query_.checking_disabled);
  EXPECT_EQ(query_.name, "\3wWw\1a\0"s);
  EXPECT_EQ(query_.lower_name(), "\3www\1a\0"s);
  EXPECT_EQ(query_.type, Type::kAaaa);
  EXPECT_EQ(query_.in_class, Class::kIn);
  EXPECT_FALSE(query_.edns);
  EXPECT_EQ(query_.question_bytes(), 11u);
}

TEST_F(QueryTest, WhatIsDropped) {
  EXPECT_EQ(parse(""), Sense::kNothing);
  EXPECT_EQ(parse(header(1, 0, 1).substr(0, 11)), Sense::kNothing);
  EXPECT_EQ(parse(asking("a", Type::kA).replace(2, 1, "\x80")), Sense::kNothing);
}

TEST_F(QueryTest, WhatIsNoQuestion) {
  EXPECT_EQ(parse(header(7, 0x2000, 0)), Sense::kUnknown);
  EXPECT_EQ(query_.opcode, 4);
  EXPECT_EQ(parse(header(7, 0, 0)), Sense::kMalformed);
  EXPECT_EQ(query_.id, 7);
  EXPECT_EQ(query_.question_bytes(), 0u);
  EXPECT_EQ(parse(header(7, 0, 2) + "\1a\0\0\1\0\1\1a\0\0\1\0\1"s), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 1) + "\1a\0\0\1\0"s), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 1) + "\xc0\x0c\0\1\0\1"s), Sense::kMalformed);
  EXPECT_EQ(parse(asking("a", Type::kA) + "x"), Sense::kMalformed);
  EXPECT_EQ(query_.name, "\1a\0"s);                                                // to be repeated
  EXPECT_EQ(parse(asking("a", Type::kA).replace(7, 1, "\1")), Sense::kMalformed);  // an answer in a question
  EXPECT_EQ(parse(asking("a", Type::kA).replace(9, 1, "\1")), Sense::kMalformed);
  EXPECT_EQ(parse(asking("a", Type::kIxfr).replace(9, 1, "\1") + "a record"), Sense::kAsked);
}

TEST_F(QueryTest, ACookieWithoutAQuestion) {
  const std::string cookie = opt(option(Option::kCookie, "12345678"));
  ASSERT_EQ(parse(header(7, 0, 0, 1) + cookie), Sense::kCookie);
  EXPECT_EQ(query_.edns->cookie, "12345678");
  EXPECT_EQ(query_.question_bytes(), 0u);
  EXPECT_EQ(parse(header(7, 0, 0, 1) + opt("")), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 1) + cookie + "x"), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 1) + cookie.substr(0, cookie.size() - 1)), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 1).replace(9, 1, "\1") + cookie), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 1).replace(7, 1, "\1") + cookie), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 2) + cookie + cookie), Sense::kMalformed);
  EXPECT_EQ(parse(header(7, 0, 0, 1) + opt("", 1232, 1)), Sense::kVersion);
}

TEST_F(QueryTest, Edns) {
  ASSERT_EQ(parse(asking("a", Type::kA, opt("", 1400, 0, 0x8000))), Sense::kAsked);
  ASSERT_TRUE(query_.edns);
  EXPECT_EQ(query_.edns->udp_bytes_max, 1400);
  EXPECT_TRUE(query_.edns->dnssec_ok);
  EXPECT_FALSE(query_.edns->subnet);
  ASSERT_EQ(parse(asking("a", Type::kA, opt("", 100))), Sense::kAsked);
  EXPECT_EQ(query_.edns->udp_bytes_max, 512);

  EXPECT_EQ(parse(asking("a", Type::kA, opt("", 1232, 1))), Sense::kVersion);
  EXPECT_TRUE(query_.edns);
  EXPECT_EQ(parse(asking("a", Type::kA, opt("x", 1232, 1))), Sense::kVersion);  // what its options are nobody knows
  EXPECT_EQ(parse(asking("a", Type::kA, opt("") + opt(""), 2)), Sense::kMalformed);
  EXPECT_EQ(parse(asking("a", Type::kA, "\1a" + opt(""))), Sense::kMalformed);  // its name is not the root
  EXPECT_EQ(parse(asking("a", Type::kA, opt("").substr(0, 10))), Sense::kMalformed);
  EXPECT_EQ(parse(asking("a", Type::kA, opt(""), 2)), Sense::kMalformed);
  // Another record beside it says nothing to us, whatever its name is.
  const std::string other = "\0\xfa\0\xff\0\0\0\0\0\2xx"s;
  EXPECT_EQ(parse(asking("a", Type::kA, opt("") + "\xc0\x0c"s + other, 2)), Sense::kAsked);
  EXPECT_EQ(parse(asking("a", Type::kA, "\1b\xc0\x0c"s + other + opt(""), 2)), Sense::kAsked);
  EXPECT_EQ(parse(asking("a", Type::kA, "\x80"s + other + opt(""), 2)), Sense::kMalformed);
}

TEST_F(QueryTest, ClientSubnet) {
  ASSERT_EQ(parse_option(option(Option::kClientSubnet, "\0\1\x18\0\xc0\0\2"s)), Sense::kAsked);
  EXPECT_EQ(query_.edns->subnet->address.text(), "192.0.2.0");
  EXPECT_EQ(query_.edns->subnet->source_bits, 24);
  ASSERT_EQ(parse_option(option(Option::kClientSubnet, "\0\2\x14\0\x20\1\xd0"s)), Sense::kAsked);
  EXPECT_EQ(query_.edns->subnet->address.text(), "2001:d000::");
  ASSERT_EQ(parse_option(option(Option::kClientSubnet, "\0\1\0\0"s)), Sense::kAsked);
  EXPECT_EQ(query_.edns->subnet->source_bits, 0);
  ASSERT_EQ(parse_option(option(Option::kClientSubnet, "\0\1\x20\0\1\2\3\4"s)), Sense::kAsked);

  for (const std::string& wrong :
       {"\0\1\x18\0\xc0\0"s, "\0\1\x18\0\xc0\0\2\0"s, "\0\1\x17\0\xc0\0\1"s, "\0\1\x18\1\xc0\0\2"s,
        "\0\1\x21\0\1\2\3\4\0"s, "\0\2\x81\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10\x80"s, "\0\3\0\0"s, "\0\0\0\0"s,
        "\0\1\0"s, ""s}) {
    EXPECT_EQ(parse_option(option(Option::kClientSubnet, wrong)), Sense::kMalformed) << wrong.size();
  }
  const std::string good = option(Option::kClientSubnet, "\0\1\0\0"s);
  EXPECT_EQ(parse_option(good + good), Sense::kMalformed);
}

TEST_F(QueryTest, OtherOptions) {
  ASSERT_EQ(parse_option(option(Option::kCookie, "12345678")), Sense::kAsked);
  EXPECT_EQ(query_.edns->cookie, "12345678");
  EXPECT_EQ(parse_option(option(Option::kCookie, std::string(16, 'c'))), Sense::kAsked);
  EXPECT_EQ(parse_option(option(Option::kCookie, std::string(40, 'c'))), Sense::kAsked);
  for (const std::size_t wrong : {0U, 7U, 9U, 15U, 41U}) {
    EXPECT_EQ(parse_option(option(Option::kCookie, std::string(wrong, 'c'))), Sense::kMalformed) << wrong;
  }
  EXPECT_EQ(parse_option(option(Option::kCookie, "12345678") + option(Option::kCookie, "12345678")), Sense::kMalformed);
  ASSERT_EQ(parse_option(option(Option::kKeepAlive, "")), Sense::kAsked);
  EXPECT_TRUE(query_.edns->wants_keep_alive);
  EXPECT_EQ(parse_option(option(Option::kKeepAlive, "\0\1"s)), Sense::kMalformed);
  EXPECT_EQ(parse_option(option(Option::kPadding, std::string(100, '\0'))), Sense::kAsked);
  EXPECT_EQ(parse_option(option(Option::kPadding, "abc").substr(0, 6)), Sense::kMalformed);
  EXPECT_EQ(parse_option("\0"s), Sense::kMalformed);
}

}  // namespace
}  // namespace headgate::wire::dns
