#include "tests/unit/base/x509/test_certificates.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/x509/pem.h"

namespace headgate::testing {
namespace {

using base::x509::OwnedBio;
using base::x509::OwnedCertificate;
using base::x509::OwnedKey;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(bytes)};
}

void add_extension(X509* certificate, X509* issuer, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string alternatives_of(const Wanted& wanted) {
  std::string out;
  for (const std::string& name : wanted.dns) out += (out.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : wanted.ip) out += (out.empty() ? "IP:" : ",IP:") + address;
  return out;
}

}  // namespace

Issued issue(const Wanted& wanted) {
  const OwnedKey key(wanted.rsa ? EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)) : EVP_EC_gen("P-256"));
  const OwnedCertificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400l * wanted.days_before);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400l * wanted.days_after);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Example"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
  OwnedCertificate issuer;
  OwnedKey issuer_key;
  if (wanted.by != nullptr) {
    issuer = std::move(base::x509::read_certificates(wanted.by->cert_pem)->front());
    issuer_key = std::move(*base::x509::read_key(wanted.by->key_pem));
  }
  X509* const by = issuer ? issuer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
  if (const std::string names = alternatives_of(wanted); !names.empty()) {
    add_extension(certificate.get(), by, NID_subject_alt_name, names);
  }
  if (!wanted.ocsp_url.empty()) {
    add_extension(certificate.get(), by, NID_info_access, "OCSP;URI:" + wanted.ocsp_url);
  }
  if (wanted.is_ca) add_extension(certificate.get(), by, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256());
  const OwnedBio cert_out(BIO_new(BIO_s_mem()));
  const OwnedBio key_out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(cert_out.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(cert_out.get()), text_of(key_out.get())};
}

}  // namespace headgate::testing
