#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::net::tls {

/// The certificate that the peer has shown, in words.
struct PeerCertificate {
  std::string subject;      ///< RFC 4514, as in "CN=ada,O=Example"
  std::string issuer;       ///< the same of who signed it
  std::string serial;       ///< hexadecimal, upper case
  std::string fingerprint;  ///< SHA-256 of the whole, 64 hexadecimal digits, lower case
};

/// Why a handshake came to nothing; names as metrics and logs have them.
enum class Failure : std::uint8_t {
  kNone,
  kTimeout,         ///< "timeout": not done by the deadline
  kClosed,          ///< "closed": the peer went away in the middle
  kNotTls,          ///< "not_tls": the first bytes were something else
  kVersion,         ///< "version": no version of TLS in common
  kNoSharedCipher,  ///< "no_shared_cipher": no cipher, group or signature in common
  kNoProtocol,      ///< "no_protocol": no ALPN protocol in common
  kNoCertificate,   ///< "no_certificate": the peer must show one and did not
  kBadCertificate,  ///< "bad_certificate": the one it showed was not verified
  kRefusedByPeer,   ///< "refused_by_peer": it sent an alert: it does not trust what it was shown, mostly
  kProtocol,        ///< "protocol": whatever else the peer did against the rules
};
inline constexpr std::size_t kFailures = 11;
std::string_view name_of(Failure failure);

/// What is known of one connection's TLS. Views live as long as the connection.
class Facts {
 public:
  /// "h2", "http/1.1"; empty: the peers did not speak of it.
  virtual std::string_view alpn() const = 0;
  /// The name that the client asked for; empty: none.
  virtual std::string_view server_name() const = 0;
  /// "TLSv1.3"; empty before the handshake is done.
  virtual std::string_view version() const = 0;
  /// As OpenSSL names it: "TLS_AES_128_GCM_SHA256".
  virtual std::string_view cipher() const = 0;
  /// The handshake was an abbreviated one.
  virtual bool resumed() const = 0;
  /// The peer has shown a certificate and it was verified.
  virtual bool peer_verified() const = 0;
  /// Null: it has shown none. Made when it is first asked for.
  virtual const PeerCertificate* peer_certificate() const = 0;
  /// Of a server's connection: one of the certificates that it may show to whoever asked for server_name() is for this
  /// host too. `host` is lower case.
  virtual bool covers(std::string_view host) const = 0;
  /// In words, why the peer broke off (an alert, which may well come after the handshake) or is not believed; empty: it
  /// did not, and is.
  virtual std::string_view trouble() const = 0;
  /// Why the handshake failed, if it did.
  virtual Failure failure() const = 0;

 protected:
  ~Facts() = default;
};

}  // namespace headgate::net::tls
