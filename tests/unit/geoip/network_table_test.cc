#include "geoip/network_table.h"

#include <gmock/gmock.h>

#include <array>
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

TEST(NetworkTable, JoinsNeighboursOfOneValue) {
  const NetworkTable table = table_of({{"192.0.2.0/25", 1},
                                       {"192.0.2.128/25", 1},
                                       {"192.0.3.0/24", 2},
                                       {"2001:db8::/33", 1},
                                       {"2001:db8:8000::/33", 1}});
  EXPECT_EQ(found(table, "192.0.2.127"), "1 192.0.2.0/24");
  EXPECT_EQ(found(table, "192.0.2.128"), "1 192.0.2.0/24");
  EXPECT_EQ(found(table, "192.0.3.0"), "2 192.0.3.0/24");
  EXPECT_EQ(found(table, "192.0.4.0"), "none 192.0.4.0/22");
  EXPECT_EQ(found(table, "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"), "1 2001:db8::/32");
  EXPECT_EQ(found(table, "2001:db8:8000::"), "1 2001:db8::/32");
  EXPECT_EQ(table.ranges(), 4u + 3u);
}

/// IPv6 addresses are searched by their first half: many ranges may begin within one /64, and before, at and after it.
TEST(NetworkTable, TellsPrefixesBeyondTheFirstHalfApart) {
  std::vector<std::pair<std::string, std::uint32_t>> rows{{"2001:db8::/32", 1}, {"2001:db8:0:1::/64", 2}};
  for (std::uint32_t i = 1; i <= 40; ++i) {
    std::array<std::uint8_t, 16> bytes = at("2001:db8:0:1::").bytes();
    bytes[15] = static_cast<std::uint8_t>(2 * i);
    rows.emplace_back(IpAddress::v6(bytes).text() + "/128", 100 + i);
  }
  rows.emplace_back("2001:db8:0:3::5/128", 3);
  const NetworkTable table = table_of(rows);
  EXPECT_EQ(found(table, "2001:db8::ffff"), "1 2001:db8::/64") << "the half before";
  EXPECT_EQ(found(table, "2001:db8:0:1::"), "2 2001:db8:0:1::/127") << "before all of them";
  for (std::uint32_t i = 1; i <= 40; ++i) {
    std::array<std::uint8_t, 16> bytes = at("2001:db8:0:1::").bytes();
    bytes[15] = static_cast<std::uint8_t>(2 * i);
    EXPECT_EQ(table.find(IpAddress::v6(bytes)).value, 100 + i);
    EXPECT_EQ(table.find(IpAddress::v6(bytes)).prefix_bits, 128);
    ++bytes[15];
    EXPECT_EQ(table.find(IpAddress::v6(bytes)).value, 2u) << "between two of them";
  }
  EXPECT_EQ(found(table, "2001:db8:0:1:ffff::"), "2 2001:db8:0:1:8000::/65") << "after all of them";
  EXPECT_EQ(found(table, "2001:db8:0:2::"), "1 2001:db8:0:2::/64") << "the half after";
  EXPECT_EQ(found(table, "2001:db8:0:3::4"), "1 2001:db8:0:3::4/128") << "a half of which nothing begins before";
  EXPECT_EQ(found(table, "2001:db8:0:3::5"), "3 2001:db8:0:3::5/128");
  EXPECT_EQ(found(table, "::"), "none ::/3");
  const NetworkTable first = table_of({{"::5/128", 1}});
  EXPECT_EQ(found(first, "::4"), "none ::4/128");
  EXPECT_EQ(found(first, "::5"), "1 ::5/128");
  EXPECT_EQ(found(first, "::6"), "none ::6/127");
}

/// Every number of ranges around the sizes at which a block is full and the tree gets one more level.
TEST(NetworkTable, AnswersAtEverySizeOfItsTree) {
  for (const std::size_t count :
       {7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 4'097}) {
    std::vector<NetworkTable::Entry> entries;
    for (std::uint32_t i = 0; i < count; ++i) {
      // Every second address, up to the last of all.
      const auto number = static_cast<std::uint32_t>(0xffff'ffff - 2 * (count - 1 - i));
      entries.push_back({{IpAddress::v4(number), 32}, i});
      std::array<std::uint8_t, 16> bytes{};
      bytes.fill(0xff);
      for (std::size_t k = 0; k < 4; ++k) bytes[4 + k] = static_cast<std::uint8_t>(number >> (24 - 8 * k));
      entries.push_back({{IpAddress::v6(bytes).masked(64), 64}, i});
    }
    const NetworkTable table(entries);
    for (const NetworkTable::Entry& entry : entries) {
      ASSERT_EQ(table.find(entry.network.address).value, entry.value) << entry.network.text() << " of " << count;
      ASSERT_EQ(table.find(entry.network.address).prefix_bits, entry.network.prefix_bits);
    }
    ASSERT_EQ(table.find(IpAddress::v4(0xffff'fffe)).value, NetworkTable::kNone);
    ASSERT_EQ(table.find(IpAddress::v4(0)).value, NetworkTable::kNone);
    ASSERT_EQ(table.find(at("ffff:ffff:ffff:ffff:8000::")).value, count - 1);
  }
}

/// Against a plain reading of "the longest prefix", small and large.
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
      ASSERT_LE(answer.prefix_bits, address.bits());
      // The whole of the answer's network has it: its first and last address do.
      const IpAddress first = address.masked(answer.prefix_bits);
      ASSERT_EQ(table.find(first).value, expected) << first.text();
    }
  }
}

}  // namespace
}  // namespace headgate::geoip
