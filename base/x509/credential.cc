#include "base/x509/credential.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/ascii.h"
#include "base/ip_address.h"

namespace headgate::base::x509 {
namespace {

constexpr std::array<std::string_view, kKeyKinds> kKindNames = {"RSA", "RSA-PSS", "ECDSA", "Ed25519", "Ed448"};

constexpr int kRsaBitsMin = 2048;  // security level 2 of OpenSSL: what Debian's default refuses below
constexpr int kEcBitsMin = 224;

Error unusable(std::string what) {
  return {ErrorKind::kInvalid, Fault::kUser, std::move(what)};
}

std::optional<KeyKind> kind_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return KeyKind::kRsa;
    case EVP_PKEY_RSA_PSS:
      return KeyKind::kRsaPss;
    case EVP_PKEY_EC:
      return KeyKind::kEcdsa;
    case EVP_PKEY_ED25519:
      return KeyKind::kEd25519;
    case EVP_PKEY_ED448:
      return KeyKind::kEd448;
    default:
      return std::nullopt;
  }
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_text(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  std::array<std::uint8_t, 16> all{};
  std::copy(bytes.begin(), bytes.end(), all.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  if (bytes.size() == 16) return IpAddress::v6(all).text();
  return IpAddress::v4(std::uint32_t{all[12]} << 24 | std::uint32_t{all[13]} << 16 | std::uint32_t{all[14]} << 8 |
                       all[15])
      .text();
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> out;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>> owner(alternatives);
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) out.push_back(lowered(bytes_of(name->d.dNSName)));
    if (name->type == GEN_IPADD) {
      if (std::string address = address_text(bytes_of(name->d.iPAddress)); !address.empty()) out.push_back(address);
    }
  }
  if (alternatives != nullptr) return out;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) out.push_back(lowered(bytes_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)))));
  return out;
}

std::string text_of(const X509_NAME* name) {
  const OwnedBio out(BIO_new(BIO_s_mem()));
  // Characters beyond ASCII as they are, in UTF-8: what a field of HTTP and a line of a log take.
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &text);
  return bytes > 0 ? std::string(text, static_cast<std::size_t>(bytes)) : std::string();
}

bool name_covers(std::string_view name, std::string_view host) {
  if (name == host) return true;
  if (!name.starts_with("*.")) return false;
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == name.substr(1);
}

Credential::Credential(std::vector<OwnedCertificate> chain, OwnedKey key, KeyKind kind)
    : chain_(std::move(chain)),
      key_(std::move(key)),
      kind_(kind),
      names_(names_of(certificate())),
      not_before_(wall_time_of(X509_get0_notBefore(certificate()))),
      not_after_(wall_time_of(X509_get0_notAfter(certificate()))) {}

Result<std::shared_ptr<const Credential>> Credential::parse(std::string_view cert_pem, std::string_view key_pem) {
  Result<std::vector<OwnedCertificate>> chain = read_certificates(cert_pem);
  if (!chain) return chain.error();
  Result<OwnedKey> key = read_key(key_pem);
  if (!key) return key.error();
  const std::optional<KeyKind> kind = kind_of(key->get());
  if (!kind) return unusable("the key is of no kind that TLS signs with (RSA, ECDSA, Ed25519, Ed448)");
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    return unusable("the key is not that of the certificate");
  }
  const int bits = EVP_PKEY_get_bits(key->get());
  const bool is_rsa = *kind == KeyKind::kRsa || *kind == KeyKind::kRsaPss;
  if (is_rsa ? bits < kRsaBitsMin : bits < kEcBitsMin) {
    return unusable("its key of " + std::to_string(bits) + " bits is too weak: RSA has " + std::to_string(kRsaBitsMin) +
                    " and more");
  }
  return std::shared_ptr<const Credential>(new Credential(std::move(*chain), std::move(*key), *kind));
}

int Credential::key_bits() const {
  return EVP_PKEY_get_bits(key_.get());
}

bool Credential::covers(std::string_view host) const {
  return std::any_of(names_.begin(), names_.end(), [host](const std::string& name) { return name_covers(name, host); });
}

std::string Credential::subject() const {
  return text_of(X509_get_subject_name(certificate()));
}

}  // namespace headgate::base::x509
