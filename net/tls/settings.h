#pragma once
#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/x509/credential.h"

namespace headgate::net::tls {

using SharedCredential = std::shared_ptr<const base::x509::Credential>;

enum class Version : std::uint8_t { k12, k13 };

/// Mozilla's "intermediate" list for TLS 1.2 without the finite-field Diffie-Hellman suites: forward secrecy and AEAD,
/// which every client since 2013 has. Which of them is used, the client says: it knows whether it has AES in hardware.
inline constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
inline constexpr const char* kGroups = "X25519:P-256:P-384";

/// What both roles of TLS have to be told.
struct Protocol {
  Version min = Version::k12;
  Version max = Version::k13;
  std::string ciphers = kCiphers;  ///< for TLS 1.2, in OpenSSL's words
  std::vector<std::string> alpn;   ///< in the order of preference; empty: ALPN is not spoken of
  friend bool operator==(const Protocol&, const Protocol&) = default;
};

/// Sets up a new context; an Error names what OpenSSL does not take.
base::Result<void> apply_protocol(SSL_CTX* context, const Protocol& protocol);
/// Has the context show this credential, beside those of other kinds that it shows already.
base::Result<void> add_credential(SSL_CTX* context, const SharedCredential& credential);
/// Whether one of the credentials that the context shows is for this host, lower case.
bool context_covers(const SSL_CTX* context, std::string_view host);
/// Whom the context believes: the certificates of `ca_pem`.
base::Result<void> trust(SSL_CTX* context, const std::string& ca_pem);
/// ALPN's form on the wire: each name behind its length.
std::string alpn_wire(const std::vector<std::string>& names);
/// Whether OpenSSL knows at least one cipher of such a list.
base::Result<void> check_ciphers(const std::string& ciphers);

}  // namespace headgate::net::tls
