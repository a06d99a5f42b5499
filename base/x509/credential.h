#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/x509/pem.h"

namespace headgate::base::x509 {

/// What the key of a certificate signs with: a client may know one and not the other.
enum class KeyKind : std::uint8_t { kRsa, kRsaPss, kEcdsa, kEd25519, kEd448 };
inline constexpr std::size_t kKeyKinds = 5;
/// "RSA", "ECDSA"
std::string_view to_string(KeyKind kind);

/// A certificate with its private key and the certificates that lead from it to a root: what a server shows of itself.
/// Immutable.
class Credential {
 public:
  /// `cert_pem` has the certificate first, then the chain. Errors: what is missing or damaged, a key that is not the
  /// certificate's, a key too weak to be accepted by anybody (RSA below 2048 bits, and the like).
  static Result<std::shared_ptr<const Credential>> parse(std::string_view cert_pem, std::string_view key_pem);

  X509* certificate() const { return chain_.front().get(); }
  /// Those that follow the certificate.
  std::span<const OwnedCertificate> intermediates() const { return std::span(chain_).subspan(1); }
  EVP_PKEY* key() const { return key_.get(); }

  KeyKind kind() const { return kind_; }
  int key_bits() const;
  /// The host names that it is for, lower case, "*.example.com" among them, and addresses; if it has no subject
  /// alternative names at all (which browsers refuse) its common name.
  const std::vector<std::string>& names() const { return names_; }
  /// It is for this host name, lower case and without a port: exactly, or as a first label under a wildcard.
  bool covers(std::string_view host) const;
  WallTime not_before() const { return not_before_; }
  WallTime not_after() const { return not_after_; }
  /// Its subject in one line, as RFC 4514 has it.
  std::string subject() const;

 private:
  Credential(std::vector<OwnedCertificate> chain, OwnedKey key, KeyKind kind);
  std::vector<OwnedCertificate> chain_;
  OwnedKey key_;
  KeyKind kind_;
  std::vector<std::string> names_;
  WallTime not_before_;
  WallTime not_after_;
};

/// The names that a certificate is for, as Credential::names() has them.
std::vector<std::string> names_of(const X509* certificate);

/// "CN=ada,O=Example": an X.509 name as RFC 4514 has it, in UTF-8.
std::string text_of(const X509_NAME* name);

/// Whether a name of a certificate, "www.example.com" or "*.example.com", is for `host`; both lower case.
bool name_covers(std::string_view name, std::string_view host);

}  // namespace headgate::base::x509
