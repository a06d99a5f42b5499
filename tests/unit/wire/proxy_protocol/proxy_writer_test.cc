#include "wire/proxy_protocol/proxy_writer.h"

#include <gtest/gtest.h>

#include "wire/proxy_protocol/proxy_protocol.h"

namespace headgate::wire::proxy_protocol {
namespace {

base::Endpoint at(std::string_view text) {
  return *base::Endpoint::parse(text);
}

Header read_back(const std::string& bytes) {
  Header header;
  EXPECT_EQ(parse(bytes + "GET", header), ParseState::kDone) << bytes;
  EXPECT_EQ(header.bytes, bytes.size());
  return header;
}

TEST(ProxyWriter, WritesTheLineOfTheDocument) {
  EXPECT_EQ(write_v1({at("192.0.2.7:50000"), at("198.51.100.1:443")}),
            "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n");
  EXPECT_EQ(write_v1({at("[2001:db8::7]:50000"), at("[2001:db8::1]:443")}),
            "PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n");
}

TEST(ProxyWriter, WritesTheBlockOfTheDocument) {
  const std::string block = write_v2({at("192.0.2.7:50000"), at("198.51.100.1:443")});
  ASSERT_EQ(block.size(), 16u + 12 + 7);
  EXPECT_EQ(block.substr(0, 28), std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x13\xc0\x00\x02\x07\xc6\x33\x64\x01"
                                             "\xc3\x50\x01\xbb",
                                             28));
  EXPECT_EQ(block.substr(28, 3), std::string("\x03\x00\x04", 3));
}

TEST(ProxyWriter, OurParserReadsWhatItWrites) {
  const std::pair<const char*, const char*> pairs[] = {
      {"192.0.2.7:50000", "198.51.100.1:443"},
      {"0.0.0.0:0", "255.255.255.255:65535"},
      {"[2001:db8::7]:1", "[::1]:443"},
      {"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535"},
  };
  for (const auto& [source, destination] : pairs) {
    const Announcement announcement{at(source), at(destination), "shop.example.com"};
    for (const std::string& written : {write_v1(announcement), write_v2(announcement)}) {
      const Header header = read_back(written);
      EXPECT_FALSE(header.local);
      EXPECT_EQ(header.source.text(), source);
      EXPECT_EQ(header.destination.text(), destination);
    }
    EXPECT_LE(write_v1(announcement).size(), kLineBytesMax);
  }
}

TEST(ProxyWriter, OneFamilyForBothEnds) {
  const Announcement announcement{at("192.0.2.7:50000"), at("[2001:db8::1]:443")};
  EXPECT_EQ(write_v1(announcement), "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 50000 443\r\n");
  EXPECT_EQ(read_back(write_v2(announcement)).destination.text(), "[2001:db8::1]:443");
}

TEST(ProxyWriter, WhoCameByAUnixSocketThroughAProxyIsAnnouncedAllTheSame) {
  const Announcement v4{at("192.0.2.7:50000"), at("unix:/run/x")};
  EXPECT_EQ(write_v1(v4), "PROXY TCP4 192.0.2.7 0.0.0.0 50000 0\r\n");
  EXPECT_EQ(read_back(write_v2(v4)).source.text(), "192.0.2.7:50000");
  const Announcement v6{at("[2001:db8::7]:50000"), at("unix:/run/x")};
  EXPECT_EQ(write_v1(v6), "PROXY TCP6 2001:db8::7 :: 50000 0\r\n");
}

TEST(ProxyWriter, ChecksAndClientsWithoutAnAddressAreNobody) {
  const Announcement check{.source = {}, .destination = {}, .local = true};
  const Announcement nameless{at("unix:/run/x"), at("192.0.2.7:50000"), "shop.example.com"};
  for (const Announcement& announcement : {check, nameless}) {
    EXPECT_EQ(write_v1(announcement), "PROXY UNKNOWN\r\n");
    const std::string block = write_v2(announcement);
    EXPECT_EQ(block.substr(12, 2), std::string("\x20\x00", 2)) << "LOCAL, and no family";
    EXPECT_TRUE(read_back(block).local);
    EXPECT_TRUE(read_back(write_v1(announcement)).local);
  }
}

TEST(ProxyWriter, TellsTheNameThatWasAskedFor) {
  const std::string block = write_v2({at("192.0.2.7:1"), at("192.0.2.8:2"), "shop.example.com"});
  EXPECT_NE(block.find(std::string("\x02\x00\x10shop.example.com\x03\x00\x04", 22)), std::string::npos);
  const std::string longest = write_v2({at("192.0.2.7:1"), at("192.0.2.8:2"), std::string(300, 'a')});
  EXPECT_EQ(longest.size(), 16u + 12 + 3 + 255 + 7);
  read_back(longest);
}

TEST(ProxyWriter, AFlippedBitIsSeen) {
  const std::string block = write_v2({at("192.0.2.7:1"), at("192.0.2.8:2"), "a"});
  const std::size_t sum = block.size() - 7;  // without its type the sum is another TLV, and there is none to hold
  for (std::size_t i = 16; i < block.size(); ++i) {
    if (i == sum) continue;
    std::string broken = block;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    Header header;
    EXPECT_NE(parse(broken, header), ParseState::kDone) << "byte " << i;
  }
}

}  // namespace
}  // namespace headgate::wire::proxy_protocol
