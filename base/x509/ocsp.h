#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/x509/credential.h"

namespace headgate::base::x509 {

/// A certificate authority's word on one certificate, as a server may show it beside the certificate (RFC 6066
/// section 8, "stapling").
struct OcspResponse {
  std::string der;
  WallTime since;
  WallTime until;        ///< after this clients do not believe it any more; far in the future if it does not say
  bool is_good = false;  ///< not: the certificate is revoked, or the authority does not know it
};

/// Where the authority answers questions about a certificate (RFC 5280 section 4.2.2.1), by plain HTTP.
struct OcspResponder {
  std::string host;  ///< a name or an address, IPv6 without brackets
  std::uint16_t port = 80;
  std::string path = "/";  ///< with the query, if there is one
  std::string text() const;
};
/// The first that the credential's certificate names with the scheme http. An Error if there is none.
Result<OcspResponder> ocsp_responder_of(const Credential& credential);

/// The question about the credential's certificate, in DER, without a nonce: the same for everybody, so that the
/// authority may keep the answer (RFC 5019). An Error if the certificate of its issuer does not stand behind it.
Result<std::string> ocsp_question(const Credential& credential);

/// Reads the answer to ocsp_question() as a client would that is shown it: signed by the issuer, or by whom it has
/// appointed for this; about this certificate; valid at `now`.
Result<OcspResponse> verify_ocsp(std::string_view der, const Credential& credential, WallTime now);

/// Reads a response in DER that is about this credential's certificate. Who signed it is for clients to judge.
Result<OcspResponse> parse_ocsp(std::string_view der, const Credential& credential);

}  // namespace headgate::base::x509
