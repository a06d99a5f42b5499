#include "base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

namespace headgate::base {
namespace {

TEST(IpAddress, ReadsAndWritesCanonically) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"192.0.2.10", "192.0.2.10"},
      {"10.100.9.1", "10.100.9.1"},
      {"::", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [text, canonical] : kCases) {
    const std::optional<IpAddress> address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), canonical);
    EXPECT_LE(address->text().size(), IpAddress::kTextMax);
  }
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (std::string_view text : {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", " 1.2.3.4", "1.2.3.4 ", "[::1]",
                                "::1%lo", "1::2::3", ":::", "localhost", "::ffff:1.2.3"}) {
    EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(IpAddress::parse(std::string_view("1.2.3.4\0", 8)), std::nullopt);
  EXPECT_EQ(IpAddress::parse(std::string(100, '1')), std::nullopt);
}

TEST(IpAddress, AClientHasOneAddress) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), IpAddress::parse("10.0.0.1"));
  EXPECT_NE(IpAddress::parse("::10.0.0.1"), IpAddress::parse("10.0.0.1"));
  EXPECT_TRUE(IpAddress::parse("::ffff:10.0.0.1")->is_v4());
  EXPECT_EQ(IpAddress::v4(0x0a000001).text(), "10.0.0.1");
  EXPECT_EQ(IpAddress::parse("10.0.0.1")->v4_value(), 0x0a000001u);
}

TEST(IpAddress, Loopback) {
  EXPECT_TRUE(IpAddress::parse("127.255.0.1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("1::1")->is_loopback());
}

TEST(IpAddress, Masked) {
  const IpAddress v4 = *IpAddress::parse("255.255.255.255");
  EXPECT_EQ(v4.masked(0).text(), "0.0.0.0");
  EXPECT_EQ(v4.masked(9).text(), "255.128.0.0");
  EXPECT_EQ(v4.masked(31).text(), "255.255.255.254");
  EXPECT_EQ(v4.masked(32), v4);
  const IpAddress v6 = *IpAddress::parse("ffff:ffff:ffff:ffff::");
  EXPECT_EQ(v6.masked(33).text(), "ffff:ffff:8000::");
  EXPECT_EQ(v6.masked(0).text(), "::");
  EXPECT_EQ(v6.masked(128), v6);
}

TEST(IpNetwork, Contains) {
  const IpNetwork network = *IpNetwork::parse("10.1.0.0/16");
  EXPECT_TRUE(network.contains(*IpAddress::parse("10.1.255.255")));
  EXPECT_FALSE(network.contains(*IpAddress::parse("10.2.0.0")));
  EXPECT_TRUE(network.contains(*IpAddress::parse("::ffff:10.1.0.1")));
  EXPECT_FALSE(network.contains(*IpAddress::parse("::10.1.0.1")));
  EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("1.2.3.4")));
  EXPECT_FALSE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
  EXPECT_FALSE(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
  EXPECT_EQ(IpNetwork::parse("192.0.2.1")->text(), "192.0.2.1/32");
  EXPECT_EQ(IpNetwork::parse("::1")->prefix_bits, 128);
}

TEST(IpNetwork, RefusesWhatIsNone) {
  for (std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "10.0.0.0/8/8",
                                "10.0.0.0/ 8", "::/129", "2001:db8::1/64", "a/8"}) {
    EXPECT_EQ(IpNetwork::parse(text), std::nullopt) << text;
  }
}

TEST(Endpoint, ReadsAndWrites) {
  for (std::string_view text :
       {"1.2.3.4:80", "[::1]:65535", "0.0.0.0:0", "unix:/run/headgate.sock", "unix:@abstract"}) {
    const std::optional<Endpoint> endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
  for (std::string_view text : {"", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", ":80", "::1:80", "[::1]", "[1.2.3.4]:80",
                                "localhost:80", "unix:", "unix:relative", "unix:/", "[::1:80", "1.2.3.4:+80"}) {
    EXPECT_EQ(Endpoint::parse(text), std::nullopt) << text;
  }
}

TEST(Endpoint, UnixPathAtItsBound) {
  EXPECT_TRUE(Endpoint::unix_path("/" + std::string(106, 'a')));
  EXPECT_FALSE(Endpoint::unix_path("/" + std::string(107, 'a')));
}

TEST(Endpoint, SurvivesTheKernelForm) {
  for (const std::string& text :
       {std::string("1.2.3.4:80"), std::string("[2001:db8::1]:443"), std::string("unix:/run/a"),
        std::string("unix:@name"), "unix:/" + std::string(106, 'a')}) {
    const Endpoint endpoint = *Endpoint::parse(text);
    sockaddr_storage storage;
    const std::uint32_t length = endpoint.to_sockaddr(storage);
    ASSERT_LE(length, sizeof storage);
    EXPECT_EQ(Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length), endpoint) << text;
  }
}

TEST(Endpoint, AnUnnamedUnixPeerHasNoPath) {
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  EXPECT_FALSE(Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&unnamed), sizeof(sa_family_t)).is_unix());
}

}  // namespace
}  // namespace headgate::base
