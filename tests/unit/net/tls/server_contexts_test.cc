#include "net/tls/server_contexts.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "tests/unit/net/tls/served.h"

namespace headgate::net::tls {
namespace {

using headgate::testing::issue;
using testing::contexts_of;
using testing::credential_of;
using ::testing::HasSubstr;

ServerSettings with(std::vector<SharedCredential> credentials) {
  ServerSettings settings;
  settings.credentials = std::move(credentials);
  return settings;
}

/// The certificate that a context shows to clients that know this kind of key.
X509* shown(SSL_CTX* context, long which) {
  SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST);
  do {
    if (EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(context)) == which) return SSL_CTX_get0_certificate(context);
  } while (SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT) == 1);
  return nullptr;
}

TEST(ServerContexts, ExactNamesGoBeforeWildcards) {
  const SharedCredential wildcard = credential_of(issue({.dns = {"*.a.example"}}));
  const SharedCredential exact = credential_of(issue({.dns = {"www.a.example", "a.example"}}));
  const auto contexts = contexts_of(with({wildcard, exact}));
  EXPECT_EQ(shown(contexts->find("www.a.example"), EVP_PKEY_EC), exact->certificate());
  EXPECT_EQ(shown(contexts->find("a.example"), EVP_PKEY_EC), exact->certificate());
  EXPECT_EQ(shown(contexts->find("other.a.example"), EVP_PKEY_EC), wildcard->certificate());
  EXPECT_EQ(contexts->find("b.www.a.example"), nullptr);
  EXPECT_EQ(contexts->find("example"), nullptr);
  EXPECT_EQ(contexts->find(""), nullptr);
  EXPECT_EQ(contexts->find(std::string(300, 'a') + ".a.example"), nullptr);
  EXPECT_EQ(shown(contexts->first(), EVP_PKEY_EC), wildcard->certificate());
}

TEST(ServerContexts, OneNameHasOneCertificateOfEachKind) {
  const SharedCredential rsa = credential_of(issue({.dns = {"a.example", "b.example"}, .rsa = true}));
  const SharedCredential ecdsa = credential_of(issue({.dns = {"b.example", "c.example"}}));
  const SharedCredential later = credential_of(issue({.dns = {"b.example"}}));
  const auto contexts = contexts_of(with({rsa, ecdsa, later}));
  EXPECT_EQ(shown(contexts->find("b.example"), EVP_PKEY_RSA), rsa->certificate());
  EXPECT_EQ(shown(contexts->find("b.example"), EVP_PKEY_EC), ecdsa->certificate()) << "the first of its kind";
  EXPECT_EQ(shown(contexts->find("a.example"), EVP_PKEY_EC), nullptr);
  EXPECT_EQ(shown(contexts->find("c.example"), EVP_PKEY_RSA), nullptr);
  EXPECT_EQ(contexts->first(), contexts->find("a.example"));
}

TEST(ServerContexts, SaysWhatOpensslDoesNotTake) {
  ServerSettings settings = with({credential_of(issue({.dns = {"a.example"}}))});
  settings.protocol.ciphers = "NONSENSE";
  const auto made = ServerContexts::make(settings);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("ciphers"));
  EXPECT_FALSE(check_ciphers("NONSENSE"));
  EXPECT_TRUE(check_ciphers(kCiphers));
}

}  // namespace
}  // namespace headgate::net::tls
