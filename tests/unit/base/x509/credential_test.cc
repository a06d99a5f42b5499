#include "base/x509/credential.h"

#include <gmock/gmock.h>

#include "tests/unit/base/x509/test_certificates.h"

namespace headgate::base::x509 {
namespace {

using headgate::testing::issue;
using headgate::testing::Issued;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refusal(std::string_view cert, std::string_view key) {
  const Result<std::shared_ptr<const Credential>> parsed = Credential::parse(cert, key);
  return parsed ? "" : parsed.error().message;
}

TEST(Credential, KnowsItsNamesKindAndTimes) {
  const Issued issued = issue({.common_name = "ignored.example",
                               .dns = {"Shop.Example.com", "*.example.org"},
                               .ip = {"192.0.2.7", "2001:db8::1"}});
  const auto credential = Credential::parse(issued.cert_pem, issued.key_pem);
  ASSERT_TRUE(credential) << credential.error().message;
  EXPECT_THAT((*credential)->names(), ElementsAre("shop.example.com", "*.example.org", "192.0.2.7", "2001:db8::1"));
  EXPECT_EQ((*credential)->kind(), KeyKind::kEcdsa);
  EXPECT_EQ((*credential)->key_bits(), 256);
  EXPECT_EQ((*credential)->subject(), "CN=ignored.example,O=Example");
  EXPECT_LT((*credential)->not_before(), wall_now());
  EXPECT_NEAR(std::chrono::duration<double>((*credential)->not_after() - wall_now()).count(), 30 * 86400, 60);
  EXPECT_THAT((*credential)->intermediates(), IsEmpty());
}

TEST(Credential, WithoutAlternativeNamesHasItsCommonName) {
  const Issued issued = issue({.common_name = "Old.Example", .rsa = true});
  const auto credential = Credential::parse(issued.cert_pem, issued.key_pem);
  ASSERT_TRUE(credential);
  EXPECT_THAT((*credential)->names(), ElementsAre("old.example"));
  EXPECT_EQ((*credential)->kind(), KeyKind::kRsa);
}

TEST(Credential, TakesTheChainBehindTheCertificate) {
  const Issued root = issue({.common_name = "root", .is_ca = true});
  const Issued leaf = issue({.dns = {"a.example"}, .by = &root});
  const auto credential = Credential::parse(leaf.cert_pem + root.cert_pem, leaf.key_pem);
  ASSERT_TRUE(credential);
  EXPECT_EQ((*credential)->intermediates().size(), 1u);
  // The other way around the key is that of the second.
  EXPECT_THAT(refusal(root.cert_pem + leaf.cert_pem, leaf.key_pem), HasSubstr("not that of the certificate"));
}

TEST(Credential, SaysWhatIsWrong) {
  const Issued one = issue({.dns = {"a.example"}});
  const Issued other = issue({.dns = {"a.example"}});
  EXPECT_THAT(refusal(one.cert_pem, other.key_pem), HasSubstr("the key is not that of the certificate"));
  EXPECT_THAT(refusal(one.key_pem, one.key_pem), HasSubstr("has no certificate"));
  EXPECT_THAT(refusal(one.cert_pem, one.cert_pem), HasSubstr("has no private key"));
  EXPECT_THAT(refusal("", one.key_pem), HasSubstr("has no certificate"));
  std::string damaged = one.cert_pem;
  damaged[damaged.size() / 2] = '!';
  EXPECT_THAT(refusal(damaged, one.key_pem), HasSubstr("damaged"));
  EXPECT_THAT(refusal(one.cert_pem + damaged, one.key_pem), HasSubstr("certificate 2 in it is damaged"));
  const Issued weak = issue({.dns = {"a.example"}, .rsa = true, .rsa_bits = 1024});
  EXPECT_THAT(refusal(weak.cert_pem, weak.key_pem), HasSubstr("1024 bits is too weak"));
}

TEST(NameCovers, WildcardsStandForOneFirstLabel) {
  EXPECT_TRUE(name_covers("a.example", "a.example"));
  EXPECT_TRUE(name_covers("*.example", "a.example"));
  EXPECT_FALSE(name_covers("*.example", "b.a.example"));
  EXPECT_FALSE(name_covers("*.example", "example"));
  EXPECT_FALSE(name_covers("*.example", ".example"));
  EXPECT_FALSE(name_covers("a.example", "*.example"));
}

}  // namespace
}  // namespace headgate::base::x509
