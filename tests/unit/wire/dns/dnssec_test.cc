#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wire/dns/dnssec/records.h"
#include "wire/dns/name.h"

namespace headgate::wire::dns::dnssec {
namespace {

using namespace std::string_literals;

std::string wire_of(std::string_view text) {
  return std::string(Name::parse(text)->wire());
}

std::string bytes_of(std::string_view hexadecimal) {
  std::string out;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16));
  }
  return out;
}

TEST(Dnssec, OrdersNamesAsTheExampleOfRfc4034Section61) {
  std::vector<std::string> names;
  for (const char* text : {"example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example",
                           "\\001.z.example", "*.z.example", "\\200.z.example"}) {
    names.push_back(wire_of(text));
  }
  const std::vector<std::string> in_order = names;
  std::reverse(names.begin(), names.end());
  std::sort(names.begin(), names.end(), comes_before);
  EXPECT_EQ(names, in_order);
  EXPECT_FALSE(comes_before(names[3], names[3]));
}

TEST(Dnssec, KeyAsInTheExampleOfRfc6605Section61) {
  const std::string key = bytes_of(
      "1a88c88615d437fbb8bf9e1942a1929f28562706ae6c2bd399e7b1bfb6d1e9e7"
      "5b92b4aa42917ae1c61b701ef035c3fe7be3009cbafe5a2f71316c902dcf0d00");
  const std::string data = dnskey_data(kZoneKey | kEntryPoint, kEcdsaP256, key);
  EXPECT_EQ(data.substr(0, 4), "\x01\x01\x03\x0d"s);
  EXPECT_EQ(key_tag(data), 55648);
  EXPECT_EQ(key_tag("\x01"s), 0x0100);  // an odd byte is the upper one
  EXPECT_EQ(ds_data(55648, kEcdsaP256, kSha256Digest, "digest"),
            "\xd9\x60\x0d\x02"
            "digest"s);
}

TEST(Dnssec, BitmapAsTheExampleOfRfc4034Section43) {
  // host.example.com. NSEC ( A MX RRSIG NSEC TYPE1234 )
  TypeBitmap types;
  for (const Type type : {static_cast<Type>(1234), Type::kNsec, Type::kA, Type::kRrsig, Type::kMx}) types.add(type);
  std::string out;
  types.append_to(out);
  EXPECT_EQ(out, bytes_of("0006400100000003"
                          "041b0000000000000000000000000000000000000000000000000000"
                          "20"));
  EXPECT_TRUE(types.has(static_cast<Type>(1234)));
  EXPECT_TRUE(types.has(Type::kMx));
  EXPECT_FALSE(types.has(Type::kTxt));
  EXPECT_FALSE(types.has(static_cast<Type>(1235)));
}

TEST(Dnssec, BitmapOfNameThatIsNotThereAndOfTypesInTwoWindows) {
  TypeBitmap types;
  for (const Type type : {Type::kRrsig, Type::kNsec, Type::kNxname}) types.add(type);
  std::string out;
  types.append_to(out);
  EXPECT_EQ(out, bytes_of("0011"
                          "0000000000030000000000000000000080"));
  TypeBitmap caa;
  caa.add(Type::kCaa);
  out.clear();
  caa.append_to(out);
  EXPECT_EQ(out, bytes_of("010140"));
  out.clear();
  TypeBitmap().append_to(out);
  EXPECT_EQ(out, "");
}

TEST(Dnssec, SignatureHeadAndWhatItIsFollowedBy) {
  // The head of the signature in RFC 6605 section 6.1, over www.example.net. 3600 IN A 192.0.2.1
  const std::string zone = wire_of("example.net");
  const std::string owner = wire_of("www.example.net");
  std::string out;
  append_signature_head({Type::kA, kEcdsaP256, signed_labels(owner), 3600, 1284026679, 1281607479, 55648, zone}, out);
  EXPECT_EQ(out, bytes_of("0001"
                          "0d"
                          "03"
                          "00000e10"
                          "4c88b137"
                          "4c63c737"
                          "d960") +
                     zone);
  out.clear();
  std::vector<std::string_view> data = {"\xc0\x00\x02\x02", "\x7f\x00\x00\x01", "\xc0\x00\x02\x02"};
  data[0] = std::string_view("\xc0\x00\x02\x02", 4);
  data[1] = std::string_view("\x7f\x00\x00\x01", 4);
  data[2] = data[0];
  put_in_order(data);
  ASSERT_EQ(data.size(), 2U);
  append_signed_records(owner, Type::kA, 3600, data, out);
  EXPECT_EQ(out, owner + bytes_of("0001000100000e1000047f000001") + owner + bytes_of("0001000100000e100004c0000202"));
}

TEST(Dnssec, LabelsLeaveOutRootAndWildcard) {
  EXPECT_EQ(signed_labels(wire_of(".")), 0);
  EXPECT_EQ(signed_labels(wire_of("www.example.com")), 3);
  EXPECT_EQ(signed_labels(wire_of("*.example.com")), 2);
  EXPECT_EQ(signed_labels(wire_of("a.*.example.com")), 4);
}

std::string successor(const std::string& name, bool skips_below = false) {
  std::string out;
  append_successor(name, wire_of("a"), skips_below, out);
  EXPECT_LE(out.size(), kNameBytesMax);
  EXPECT_EQ(name_bytes(out), out.size());
  if (out != wire_of("a")) {
    EXPECT_TRUE(comes_before(name, out)) << name_text(name) << " then " << name_text(out);
    EXPECT_TRUE(is_within(out, wire_of("a")));
  }
  return out;
}

TEST(Dnssec, SuccessorIsTheFirstNameBelow) {
  EXPECT_EQ(successor(wire_of("a")), wire_of("\\000.a"));
  EXPECT_EQ(successor(wire_of("www.a")), wire_of("\\000.www.a"));
}

TEST(Dnssec, SuccessorBehindAllBelow) {
  EXPECT_EQ(successor(wire_of("www.a"), true), wire_of("www\\000.a"));
  const std::string full(63, 'b');
  EXPECT_EQ(successor(wire_of(full + ".a"), true), wire_of(std::string(62, 'b') + "c.a"));
  EXPECT_EQ(successor(wire_of(std::string(62, 'b') + "@.a"), true).substr(0, 64), "\x3f" + std::string(62, 'b') + "[");
}

/// A name of so many bytes below "a", its first label of `first` bytes of `fill`.
std::string long_name(std::size_t bytes, std::size_t first, char fill) {
  std::string out = static_cast<char>(first) + std::string(first, fill);
  for (std::size_t left = bytes - 3 - out.size(); left > 0;) {
    std::size_t label = std::min<std::size_t>(left, 64);
    if (left - label == 1) --label;  // no label is empty
    out += static_cast<char>(label - 1) + std::string(label - 1, 'x');
    left -= label;
  }
  return out + wire_of("a");
}

TEST(Dnssec, SuccessorOfLongestNames) {
  // One byte is left: none for a label, but for a longer one.
  const std::string nearly = long_name(254, 20, 'b');
  EXPECT_EQ(successor(nearly).substr(0, 22), "\x15"s + std::string(20, 'b') + '\0');
  EXPECT_EQ(successor(nearly).size(), 255U);
  // None is left: the last byte grows.
  const std::string longest = long_name(255, 20, 'b');
  EXPECT_EQ(successor(longest).substr(0, 21), "\x14" + std::string(19, 'b') + 'c');
  // It cannot grow: the label ends before it, or goes.
  std::string grown = longest;
  grown[20] = '\xff';
  EXPECT_EQ(successor(grown).substr(0, 20), "\x13" + std::string(18, 'b') + 'c');
  const std::string last = long_name(255, 20, '\xff');
  EXPECT_EQ(successor(last), "\x3f" + std::string(62, 'x') + 'y' + last.substr(21 + 64));
  // All of it is the last that there is.
  std::string all = "\x3b" + std::string(59, '\xff');
  for (int i = 0; i < 3; ++i) all += "\x3f" + std::string(63, '\xff');
  EXPECT_EQ(successor(all + wire_of("a")), wire_of("a"));
}

}  // namespace
}  // namespace headgate::wire::dns::dnssec
