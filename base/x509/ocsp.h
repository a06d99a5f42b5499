#pragma once
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

/// Reads a response in DER that is about this credential's certificate. Who signed it is for clients to judge.
Result<OcspResponse> parse_ocsp(std::string_view der, const Credential& credential);

}  // namespace headgate::base::x509
