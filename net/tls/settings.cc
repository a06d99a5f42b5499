#include "net/tls/settings.h"

#include <openssl/err.h>

#include <algorithm>

#include "net/tls/openssl.h"

namespace headgate::net::tls {
namespace {

base::Error invalid(std::string what) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(what)};
}

base::Error refused(std::string what) {
  return invalid(what + ": " + base::x509::take_openssl_error());
}

struct ChainFreer {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_free(chain); }
};

using Credentials = std::vector<SharedCredential>;

/// Hangs what a context shows on it, for as long as it or one of its connections lives.
int credentials_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                    [](void*, void* credentials, CRYPTO_EX_DATA*, int, long, void*) {
                                                      delete static_cast<Credentials*>(credentials);
                                                    });
  return index;
}

Credentials* credentials_of(const SSL_CTX* context) {
  return static_cast<Credentials*>(SSL_CTX_get_ex_data(context, credentials_index()));
}

/// Of TLS 1.3. All three are good; the first costs least where the processor has instructions for AES and SHA-256, and
/// a client without those says so by what it names first.
constexpr const char* kSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

int number_of(Version version) {
  return version == Version::k12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

}  // namespace

base::Result<void> apply_protocol(SSL_CTX* context, const Protocol& protocol) {
  SSL_CTX_set_min_proto_version(context, number_of(protocol.min));
  SSL_CTX_set_max_proto_version(context, number_of(protocol.max));
  if (SSL_CTX_set_cipher_list(context, protocol.ciphers.c_str()) != 1) return refused("ciphers");
  if (SSL_CTX_set_ciphersuites(context, kSuites) != 1) return refused("cipher suites");
  if (SSL_CTX_set1_groups_list(context, kGroups) != 1) return refused("groups");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  return {};
}

base::Result<void> add_credential(SSL_CTX* context, const SharedCredential& shared) {
  const base::x509::Credential& credential = *shared;
  const std::unique_ptr<STACK_OF(X509), ChainFreer> chain(sk_X509_new_null());
  for (const base::x509::OwnedCertificate& one : credential.intermediates()) sk_X509_push(chain.get(), one.get());
  if (SSL_CTX_use_cert_and_key(context, credential.certificate(), credential.key(), chain.get(), 1) != 1) {
    return refused("the certificate cannot be used");
  }
  if (credentials_of(context) == nullptr) SSL_CTX_set_ex_data(context, credentials_index(), new Credentials());
  credentials_of(context)->push_back(shared);
  return {};
}

bool context_covers(const SSL_CTX* context, std::string_view host) {
  const Credentials* credentials = credentials_of(context);
  return credentials != nullptr && std::any_of(credentials->begin(), credentials->end(),
                                               [host](const SharedCredential& each) { return each->covers(host); });
}

base::Result<void> trust(SSL_CTX* context, const std::string& ca_pem) {
  base::Result<std::vector<base::x509::OwnedCertificate>> certificates = base::x509::read_certificates(ca_pem);
  if (!certificates) return certificates.error();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const base::x509::OwnedCertificate& one : *certificates) {
    if (X509_STORE_add_cert(store, one.get()) != 1) return refused("a certificate of the CA cannot be used");
  }
  return {};
}

std::string alpn_wire(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(1, static_cast<char>(name.size())).append(name);
  return out;
}

base::Result<void> check_ciphers(const std::string& ciphers) {
  const OwnedContext context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) == 1) return {};
  ERR_clear_error();
  return invalid("no cipher of this list is known");
}

}  // namespace headgate::net::tls
