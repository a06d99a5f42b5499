#include "geoip/network_table.h"

#include <gmock/gmock.h>

#include <optional>
#include <random>
#include <string>

namespace headgate::geoip {
namespace {

using base::IpAddress;
using base::IpNetwork;

IpAddress at(const std::string& text) {
  return *IpAddress::parse(text);
}
NetworkTable table_of(const std::vector<std::pair<std::string, std::uint32_t>>& rows) {
  std::vector<NetworkTable::Entry> entries;
  for (const auto& [network, value] : rows) entries.push_back({*IpNetwork::parse(network), value});
  return NetworkTable(std::move(entries));
}
/// "7 10.1.0.0/16"
std::string found(const NetworkTable& table, const std::string& address) {
  const NetworkTable::Answer answer = table.find(at(address));
  const std::string value = answer.value == NetworkTable::kNone ? "none" : std::to_string(answer.value);
  return value + " " + IpNetwork{at(address).masked(answer.prefix_bits), answer.prefix_bits}.text();
}

TEST(NetworkTable, HasNothingWhenEmpty) {
  EXPECT_EQ(found(NetworkTable(), "192.0.2.1"), "none 0.0.0.0/0");
  EXPECT_EQ(found(NetworkTable(), "2001:db8::1"), "none ::/0");
}

TEST(NetworkTable, TakesTheLongestPrefix) {
  const NetworkTable table = table_of({{"10.1.0.0/16", 2},
                                       {"10.0.0.0/8", 1},
                                       {"10.1.255.255/32", 3},
                                       {"::/0", 9},
                                       {"2001:db8::/32", 4},
                                       {"2001:db8:0:1::/64", 5}});
  EXPECT_EQ(found(table, "9.255.255.255"), "none 8.0.0.0/7");
  EXPECT_EQ(found(table, "10.0.0.0"), "1 10.0.0.0/16") << "the rest of 10.0.0.0/8 has a hole";
  EXPECT_EQ(found(table, "10.200.0.1"), "1 10.128.0.0/9");
  EXPECT_EQ(found(table, "10.1.0.0"), "2 10.1.0.0/17");
  EXPECT_EQ(found(table, "10.1.255.254"), "2 10.1.255.254/32");
  EXPECT_EQ(found(table, "10.1.255.255"), "3 10.1.255.255/32");
  EXPECT_EQ(found(table, "10.255.255.255"), "1 10.128.0.0/9");
  EXPECT_EQ(found(table, "11.0.0.0"), "none 11.0.0.0/8");
  EXPECT_EQ(found(table, "2001:db8:0:1::7"), "5 2001:db8:0:1::/64");
  EXPECT_EQ(found(table, "2001:db8::7"), "4 2001:db8::/64");
  EXPECT_EQ(found(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "9 8000::/1");
}

TEST(NetworkTable, KnowsTheFirstAndTheLastAddressOfAll) {
  const NetworkTable table = table_of({{"0.0.0.0/32", 1},
                                       {"255.255.255.255/32", 2},
                                       {"::/128", 3},
                                       {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 4}});
  EXPECT_EQ(found(table, "0.0.0.0"), "1 0.0.0.0/32");
  EXPECT_EQ(found(table, "0.0.0.1"), "none 0.0.0.1/32");
  EXPECT_EQ(found(table, "255.255.255.255"), "2 255.255.255.255/32");
  EXPECT_EQ(found(table, "::"), "3 ::/128");
  EXPECT_EQ(found(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "4 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
  const NetworkTable all = table_of({{"0.0.0.0/0", 7}, {"128.0.0.0/1", 8}});
  EXPECT_EQ(found(all, "127.255.255.255"), "7 0.0.0.0/1");
  EXPECT_EQ(found(all, "255.255.255.255"), "8 128.0.0.0/1");
}

TEST(NetworkTable, TakesTheLaterOfTwoEntriesForOneNetwork) {
  const NetworkTable table = table_of({{"192.0.2.0/24", 1}, {"192.0.2.0/24", 2}});
  EXPECT_EQ(found(table, "192.0.2.9"), "2 192.0.2.0/24");
  EXPECT_EQ(found(table, "192.0.3.0"), "none 192.0.3.0/24");
}

/// Against a plain reading of "the longest prefix", small (searched as a whole) and large (by index).
TEST(NetworkTable, AnswersAsAPlainSearchDoes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const std::size_t count : {std::size_t{40}, std::size_t{20'000}}) {
    std::vector<NetworkTable::Entry> entries;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_v4 = i % 2 == 0;
      std::array<std::uint8_t, 16> bytes{0x20, static_cast<std::uint8_t>(random() % 4)};
      for (std::size_t k = 2; k < 16; ++k) bytes[k] = static_cast<std::uint8_t>(random());
      const int bits = static_cast<int>(8 + random() % (is_v4 ? 25 : 121));
      const IpAddress address =
          is_v4 ? IpAddress::v4(static_cast<std::uint32_t>(random() & 0x3fff'ffff)) : IpAddress::v6(bytes);
      entries.push_back({{address.masked(bits), bits}, static_cast<std::uint32_t>(i)});
    }
    const NetworkTable table(entries);
    for (int i = 0; i < 300; ++i) {
      // Half of them begin or end a network.
      const IpNetwork& near = entries[random() % count].network;
      IpAddress address = near.address;
      if (random() % 2 == 0) {
        std::array<std::uint8_t, 16> bytes = address.bytes();
        bytes[15] = static_cast<std::uint8_t>(random());
        bytes[14] = static_cast<std::uint8_t>(random());
        address = address.is_v4() ? IpAddress::v4(address.v4_value() | static_cast<std::uint32_t>(random() & 0xffff))
                                  : IpAddress::v6(bytes);
      }
      std::uint32_t expected = NetworkTable::kNone;
      int longest = -1;
      for (const NetworkTable::Entry& entry : entries) {
        if (entry.network.prefix_bits < longest || !entry.network.contains(address)) continue;
        longest = entry.network.prefix_bits;
        expected = entry.value;
      }
      const NetworkTable::Answer answer = table.find(address);
      ASSERT_EQ(answer.value, expected) << address.text() << " of " << count;
      ASSERT_GE(answer.prefix_bits, longest);
      // The whole of the answer's network has it: its first and last address do.
      const IpAddress first = address.masked(answer.prefix_bits);
      ASSERT_EQ(table.find(first).value, expected) << first.text();
    }
  }
}

}  // namespace
}  // namespace headgate::geoip
