#include "wire/proxy_protocol/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/proxy_protocol/crc32c.h"

namespace headgate::wire::proxy_protocol {
namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

/// The state once all of `bytes` is there; before that, it must never be kDone, and once malformed it stays so.
ParseState state_of(const std::string& bytes, Header& header) {
  ParseState last = ParseState::kNeedMore;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string exact = bytes.substr(0, size);
    const ParseState state = parse(exact, header);
    if (last != ParseState::kNeedMore) EXPECT_EQ(state, last) << "at " << size;
    last = state;
  }
  return last;
}

Header parsed(const std::string& bytes) {
  Header header;
  EXPECT_EQ(state_of(bytes + "GET / HTTP/1.1\r\n", header), ParseState::kDone) << bytes;
  EXPECT_EQ(header.bytes, bytes.size());
  return header;
}

void expect_malformed(const std::string& bytes) {
  Header header;
  header.bytes = 4711;
  EXPECT_EQ(state_of(bytes, header), ParseState::kMalformed) << bytes;
  EXPECT_EQ(header.bytes, 4711u) << "a refused header must leave no address behind";
}

TEST(ProxyV1, Tcp4) {
  const Header header = parsed("PROXY TCP4 192.0.2.1 198.51.100.7 65535 80\r\n");
  EXPECT_FALSE(header.local);
  EXPECT_EQ(header.source.text(), "192.0.2.1:65535");
  EXPECT_EQ(header.destination.text(), "198.51.100.7:80");
}

TEST(ProxyV1, Tcp6) {
  const Header header = parsed("PROXY TCP6 2001:db8::1 ::1 1 0\r\n");
  EXPECT_EQ(header.source.text(), "[2001:db8::1]:1");
  EXPECT_EQ(header.destination.text(), "[::1]:0");
  EXPECT_EQ(parsed("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n").source.text(), "192.0.2.1:1");
}

TEST(ProxyV1, UnknownIsLocal) {
  EXPECT_TRUE(parsed("PROXY UNKNOWN\r\n").local);
  EXPECT_TRUE(parsed("PROXY UNKNOWN whatever it says 1 2 3\r\n").local);
}

TEST(ProxyV1, LongestLine) {
  const std::string longest = "PROXY UNKNOWN " + std::string(107 - 16, 'f') + "\r\n";
  ASSERT_EQ(longest.size(), kLineBytesMax);
  EXPECT_TRUE(parsed(longest).local);
  expect_malformed("PROXY UNKNOWN " + std::string(108 - 16, 'f') + "\r\n");
  expect_malformed("PROXY UNKNOWN " + std::string(300, 'f'));
}

TEST(ProxyV1, Malformed) {
  for (const char* line : {"PROXY\r\n",
                           "PROXY \r\n",
                           "PROXX TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                           "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                           "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
                           "PROXY UNKNOWNX\r\n",
                           "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                           "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1  2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
                           "PROXY TCP4 1.2.3.4 1 2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
                           "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
                           "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
                           "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
                           "PROXY TCP4 ::1 ::1 1 2\r\n",
                           "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                           "PROXY TCP6 ::1::2 ::1 1 2\r\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
                           "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX",
                           "PROXY TCP4 1.2.3.4 1.2.3.4\t1 2\r\n",
                           "PROXY TCP4 localhost localhost 1 2\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "P\r\n"}) {
    expect_malformed(line);
  }
}

std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string v2(char command, char family, const std::string& block) {
  return kSignature + command + family + big_endian(static_cast<std::uint32_t>(block.size()), 2) + block;
}

std::string tlv(char type, const std::string& value) {
  return std::string(1, type) + big_endian(static_cast<std::uint32_t>(value.size()), 2) + value;
}

const std::string kV4Block("\xc0\x00\x02\x01\xc6\x33\x64\x07\x12\x34\x00\x50", 12);
const std::string kV6Block = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\1' + std::string(15, '\0') +
                             '\1' + std::string("\x00\x01\x01\x00", 4);

TEST(ProxyV2, Tcp4) {
  const Header header = parsed(v2('\x21', '\x11', kV4Block));
  EXPECT_FALSE(header.local);
  EXPECT_EQ(header.source.text(), "192.0.2.1:4660");
  EXPECT_EQ(header.destination.text(), "198.51.100.7:80");
}

TEST(ProxyV2, Tcp6) {
  const Header header = parsed(v2('\x21', '\x21', kV6Block));
  EXPECT_EQ(header.source.text(), "[2001:db8::1]:1");
  EXPECT_EQ(header.destination.text(), "[::1]:256");
}

std::string unix_block(std::string source, std::string destination) {
  source.resize(108);
  destination.resize(108);
  return source + destination;
}

TEST(ProxyV2, Unix) {
  const Header named = parsed(v2('\x21', '\x31', unix_block("/run/a", std::string("\0b", 2))));
  EXPECT_FALSE(named.local);
  EXPECT_EQ(named.source.text(), "unix:/run/a");
  EXPECT_EQ(named.destination.text(), "unix:@b");
  EXPECT_TRUE(parsed(v2('\x21', '\x31', unix_block("", "/run/b"))).local) << "a client without a name";
  EXPECT_TRUE(parsed(v2('\x21', '\x31', unix_block(std::string(108, 'a'), "/b"))).local);
  EXPECT_EQ(parsed(v2('\x21', '\x31', unix_block("/" + std::string(106, 'a'), "/b"))).source.path().size(), 107u);
}

TEST(ProxyV2, LocalAndUnspecifiedAreLocal) {
  EXPECT_TRUE(parsed(v2('\x20', '\x00', "")).local);
  EXPECT_TRUE(parsed(v2('\x20', '\x11', kV4Block)).local);
  EXPECT_TRUE(parsed(v2('\x20', '\x7f', "anything")).local) << "LOCAL is accepted whatever the family says";
  EXPECT_TRUE(parsed(v2('\x21', '\x00', "anything")).local);
}

TEST(ProxyV2, TlvsAreSkipped) {
  const std::string tlvs = tlv('\x01', "h2") + tlv('\x04', "") + tlv('\xe0', std::string(500, 'x'));
  EXPECT_EQ(parsed(v2('\x21', '\x11', kV4Block + tlvs)).source.text(), "192.0.2.1:4660");
  expect_malformed(v2('\x21', '\x11', kV4Block + tlvs + "\x01"));
  expect_malformed(v2('\x21', '\x11', kV4Block + tlv('\x01', "h2").substr(0, 4)));
}

/// A header with a right checksum in a TLV between two others.
std::string summed() {
  const std::string before = kV4Block + tlv('\x01', "h2");
  std::string out = v2('\x21', '\x11', before + tlv('\x03', std::string(4, '\0')) + tlv('\x02', "example.com"));
  Crc32c sum;
  sum.add(out);
  out.replace(16 + before.size() + 3, 4, big_endian(sum.value(), 4));
  return out;
}

TEST(ProxyV2, Checksum) {
  Crc32c known;
  known.add("123456789");
  EXPECT_EQ(known.value(), 0xe3069283u);
  const std::string good = summed();
  parsed(good);
  const std::size_t type_of_sum = 16 + kV4Block.size() + 5;
  for (std::size_t at = 16; at < good.size(); ++at) {
    if (at == type_of_sum) continue;  // then there is no sum to check
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Header header;
    EXPECT_NE(parse(bad, header), ParseState::kDone) << "a flipped bit at " << at;
  }
  expect_malformed(v2('\x21', '\x11', kV4Block + tlv('\x03', "abc")));
  expect_malformed(v2('\x21', '\x11', kV4Block + tlv('\x03', "abcde")));
}

TEST(ProxyV2, LongestHeader) {
  const std::string filler(kHeaderBytesMax - 16 - kV4Block.size() - 3, 'x');
  const std::string longest = v2('\x21', '\x11', kV4Block + tlv('\xe0', filler));
  ASSERT_EQ(longest.size(), kHeaderBytesMax);
  Header header;
  EXPECT_EQ(parse(longest, header), ParseState::kDone);
  const std::string longer = v2('\x21', '\x11', kV4Block + tlv('\xe0', filler + "x"));
  EXPECT_EQ(parse(longer.substr(0, 16), header), ParseState::kMalformed) << "refused before it is awaited";
}

TEST(ProxyV2, Malformed) {
  expect_malformed(v2('\x11', '\x11', kV4Block));  // version 1
  expect_malformed(v2('\x22', '\x11', kV4Block));  // no such command
  expect_malformed(v2('\x21', '\x41', kV4Block));  // no such family
  expect_malformed(v2('\x21', '\x13', kV4Block));  // no such transport
  expect_malformed(v2('\x21', '\x12', kV4Block));  // a datagram cannot have come this way
  expect_malformed(v2('\x21', '\x11', kV4Block.substr(1)));
  expect_malformed(v2('\x21', '\x21', kV6Block.substr(1)));
  expect_malformed(v2('\x21', '\x31', std::string(215, 'a')));
  std::string spoiled = v2('\x21', '\x11', kV4Block);
  spoiled[4] = 'x';
  expect_malformed(spoiled);
}

}  // namespace
}  // namespace headgate::wire::proxy_protocol
