#include "proxy/dns/keys/keys.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "proxy/dns/zone/zone_builder.h"
#include "tests/unit/proxy/dns/sign/verification.h"

namespace headgate::proxy::dns::keys {
namespace {

using sign::testing::verifies;
using sign::testing::wire_of;
using wire::dns::Name;
using wire::dns::Type;

/// The private key of the example in RFC 6605 section 6.1, of example.net.
constexpr std::string_view kExample = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGU6SnQ/Ou+xC5Rum
uIUIuJZteXT2z0O/ok1s38Et6mShRANCAAQaiMiGFdQ3+7i/nhlCoZKfKFYnBq5s
K9OZ57G/ttHp51uStKpCkXrhxhtwHvA1w/574wCcuv5aL3ExbJAtzw0A
-----END PRIVATE KEY-----
)";

Name name(std::string_view text) {
  return *Name::parse(text);
}

std::string bytes_of(std::string_view hexadecimal) {
  std::string out;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16));
  }
  return out;
}

std::string why_not(std::string_view pem) {
  const auto keys = Keys::parse(pem);
  return keys ? "" : keys.error().message;
}

std::string pem_of(const std::string& group) {
  EVP_PKEY* const key = EVP_EC_gen(group.c_str());
  BIO* const out = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<std::size_t>(bytes));
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

TEST(DnsKey, AsInTheExampleOfRfc6605) {
  const base::Result<Key> key = Key::parse(kExample);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->tag(), 55648);
  EXPECT_EQ(dnskey_text(*key, name("example.net")),
            "example.net. 3600 IN DNSKEY 257 3 13 "
            "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==");
  EXPECT_EQ(ds_text(*key, name("example.net")),
            "example.net. 3600 IN DS 55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17");
  EXPECT_EQ(ds_text(*key, Name()).substr(0, 12), ". 3600 IN DS");
}

TEST(DnsKey, TheExamplesOwnSignatureVerifiesAndSoDoOurs) {
  const base::Result<Key> key = Key::parse(kExample);
  ASSERT_TRUE(key);
  const std::string public_key = key->dnskey().substr(4);
  const std::string text = bytes_of("00010d0300000e104c88b1374c63c737d960") + wire_of("example.net") +
                           wire_of("www.example.net") + bytes_of("0001000100000e100004c0000201");
  const std::string signature = bytes_of(
      "ab1eb02d8aa687e97da0229337aa8873e6f0eb26be289f28333d183f5d3b7a95"
      "c0c869adfb748daee3c5286eed6682c12e5533186baced9c26c167a9ebae950b");
  EXPECT_TRUE(verifies(public_key, text, signature));
  EXPECT_FALSE(verifies(public_key, text + "x", signature));
  // Enough of them that numbers come which are shorter than 32 bytes.
  for (int i = 0; i < 600; ++i) {
    const auto ours = key->sign(text + std::to_string(i));
    ASSERT_TRUE(ours);
    ASSERT_TRUE(verifies(public_key, text + std::to_string(i), {ours->data(), ours->size()})) << i;
  }
}

TEST(DnsKey, MadeOnesDiffer) {
  const auto one = Keys::parse(*Key::make_pem());
  const auto other = Keys::parse(*Key::make_pem());
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_NE((*one)->first().dnskey(), (*other)->first().dnskey());
  EXPECT_NE((*one)->first().identity(), (*other)->first().identity());
}

TEST(DnsKeys, OfOneFileInItsOrder) {
  const std::string other = *Key::make_pem();
  const auto keys = Keys::parse("what it is for\n" + std::string(kExample) + "\n" + other);
  ASSERT_TRUE(keys);
  ASSERT_EQ((*keys)->all().size(), 2U);
  EXPECT_EQ((*keys)->first().tag(), 55648);
  // openssl ecparam writes the curve in front, in a block of its own
  EXPECT_TRUE(Keys::parse("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + other));
}

TEST(DnsKeys, WhatIsRefused) {
  EXPECT_EQ(why_not(""),
            "has no private key (a block that begins with -----BEGIN PRIVATE KEY-----); "
            "`headgate dns key ZONE FILE` makes one");
  EXPECT_EQ(why_not(pem_of("P-384")), "the key is EC of 384 bits; ECDSA over P-256 is wanted (algorithm 13 of DNSSEC)");
  EXPECT_EQ(why_not(std::string(kExample) + std::string(kExample)), "has the key 55648 twice");
  std::string damaged(kExample);
  damaged[80] = damaged[80] == 'A' ? 'B' : 'A';
  EXPECT_NE(why_not(damaged).find("damaged"), std::string::npos) << why_not(damaged);
  std::string many;
  for (std::size_t i = 0; i < Keys::kKeysMax; ++i) many += *Key::make_pem();
  EXPECT_EQ(why_not(many), "");
  EXPECT_EQ(why_not(many + std::string(kExample)), "has more than 4 private keys");
}

TEST(DnsKeys, OfAFileThatNobodyElseMayUse) {
  const std::string path = ::testing::TempDir() + "dns_keys_test.pem";
  std::ofstream(path) << kExample;
  ::chmod(path.c_str(), 0604);
  EXPECT_EQ(Keys::read(path).error().message, path + " is open to every user (mode 0604); chmod o= " + path);
  ::chmod(path.c_str(), 0640);
  EXPECT_TRUE(Keys::read(path));
  std::ofstream(path) << "";
  EXPECT_EQ(Keys::read(path).error().message.rfind(path + ": has no private key", 0), 0U);
  ::unlink(path.c_str());
  EXPECT_NE(Keys::read(path).error().message.find("cannot open " + path), std::string::npos);
}

TEST(DnsKeys, ArePublishedAtTheApex) {
  zone::ZoneBuilder builder(name("example.net"), {});
  const auto keys = Keys::parse(std::string(kExample) + *Key::make_pem());
  ASSERT_TRUE(keys);
  EXPECT_EQ(builder.build().keys(), nullptr);
  ASSERT_TRUE(builder.publish(*keys));
  const zone::Zone zone = builder.build();
  EXPECT_EQ(zone.keys(), keys->get());
  const std::optional<zone::Node> apex = zone.at(zone.apex().wire());
  for (const Type type : {Type::kDnskey, Type::kCds, Type::kCdnskey}) {
    ASSERT_TRUE(apex->has(type));
    EXPECT_EQ(apex->find(type)->data.size(), 2U);
    EXPECT_EQ(apex->find(type)->ttl_seconds, kKeysTtlSeconds);
  }
  EXPECT_EQ(apex->find(Type::kCds)->data.front(),
            bytes_of("d9600d02b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"));
  zone::ZoneBuilder own(name("example.net"), {});
  ASSERT_TRUE(own.add(name("example.net"), Type::kDnskey, 30, "x"));
  EXPECT_EQ(own.publish(*keys).error().message, "example.net: its DNSKEY records are those of its keys (dnssec.key)");
}

}  // namespace
}  // namespace headgate::proxy::dns::keys
