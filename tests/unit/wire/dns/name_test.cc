#include "wire/dns/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/ascii.h"

namespace headgate::wire::dns {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

Name name(std::string_view text) {
  const base::Result<Name> parsed = Name::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Name();
}

TEST(DnsName, IsParsedAndWritten) {
  EXPECT_EQ(name("www.Example.com").wire(), "\3www\7example\3com\0"s);
  EXPECT_EQ(name("www.example.com."), name("WWW.EXAMPLE.COM"));
  EXPECT_EQ(name("www.example.com").text(), "www.example.com");
  EXPECT_EQ(name(".").wire(), "\0"s);
  EXPECT_EQ(name(".").text(), ".");
  EXPECT_EQ(name(R"(a\.b.c)").wire(), "\3a.b\1c\0"s);
  EXPECT_EQ(name(R"(a\.b.c)").text(), R"(a\.b.c)");
  EXPECT_EQ(name(R"(\000\255.c)").wire(), "\2\0\xff\1c\0"s);
  EXPECT_EQ(name(R"(\000\255.c)").text(), R"(\000\255.c)");
  EXPECT_TRUE(name("*.example.com").is_wildcard());
  EXPECT_FALSE(name("a*.example.com").is_wildcard());
}

TEST(DnsName, WhatIsNoNameIsToldWhy) {
  const auto why = [](std::string_view text) {
    const base::Result<Name> parsed = Name::parse(text);
    return parsed ? "a name" : parsed.error().message;
  };
  EXPECT_THAT(why(""), HasSubstr("empty"));
  EXPECT_THAT(why("a..b"), HasSubstr("a label is empty"));
  EXPECT_THAT(why(".a"), HasSubstr("a label is empty"));
  EXPECT_THAT(why("a\\"), HasSubstr("three digits"));
  EXPECT_THAT(why(R"(a\25)"), HasSubstr("three digits"));
  EXPECT_THAT(why(R"(a\256)"), HasSubstr("three digits"));
  EXPECT_EQ(why(std::string(63, 'a')), "a name");
  EXPECT_THAT(why(std::string(64, 'a')), HasSubstr("63 bytes"));
  const std::string label = std::string(63, 'a') + ".";
  EXPECT_EQ(why(label + label + label + std::string(61, 'a')), "a name");  // 255 bytes in a message
  EXPECT_THAT(why(label + label + label + std::string(62, 'a')), HasSubstr("255 bytes"));
}

TEST(DnsName, IsTakenFromAMessage) {
  EXPECT_EQ(Name::take("\1A\0behind"s), name("a"));
  EXPECT_EQ(name_bytes("\0"s), 1u);
  EXPECT_EQ(name_bytes("\1a\0"s), 3u);
  EXPECT_EQ(name_bytes(""), 0u);
  EXPECT_EQ(name_bytes("\1a"s), 0u);
  EXPECT_EQ(name_bytes("\5a\0"s), 0u);
  EXPECT_EQ(name_bytes("\xc0\x0c"s), 0u);
  EXPECT_EQ(name_bytes("\x40" + std::string(64, 'a') + "\0"s), 0u);
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "\1a"s;
  EXPECT_EQ(name_bytes(longest + "\0"s), kNameBytesMax);
  EXPECT_EQ(name_bytes(longest + "\1a\0"s), 0u);
  EXPECT_FALSE(Name::take(longest));
}

TEST(DnsName, KnowsItsZones) {
  EXPECT_TRUE(name("www.example.com").is_within(name("example.com")));
  EXPECT_TRUE(name("example.com").is_within(name("example.com")));
  EXPECT_TRUE(name("example.com").is_within(Name()));
  EXPECT_FALSE(name("com").is_within(name("example.com")));
  EXPECT_FALSE(name("badexample.com").is_within(name("example.com")));
  // The first label ends in the bytes of a whole name.
  EXPECT_FALSE(Name::take("\4xx\1a\0"s)->is_within(name("a")));
  EXPECT_EQ(name("www.example.com").parent(), name("example.com"));
  EXPECT_EQ(Name().parent(), Name());
  EXPECT_EQ(name("www.example.com").labels(), 3u);
  EXPECT_EQ(name("example.com").child("WWW"), name("www.example.com"));
  EXPECT_FALSE(name("a").child(""));
  EXPECT_FALSE(name("a").child(std::string(64, 'a')));
}

TEST(DnsName, LettersAloneAreLoweredWhateverTheLength) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (std::size_t begin = 0; begin < all.size(); begin += 5) {
    for (std::size_t length = 0; length <= 40 && begin + length <= all.size(); ++length) {
      const std::string bytes = all.substr(begin, length);
      std::string lowered(length + 1, '!');
      lower_name(bytes, lowered.data());
      EXPECT_EQ(lowered, base::lowered(bytes) + "!") << begin << " " << length;
    }
  }
}

}  // namespace
}  // namespace headgate::wire::dns
