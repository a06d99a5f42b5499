#include "base/x509/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <memory>

namespace headgate::base::x509 {
namespace {

using OwnedResponse = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using OwnedBasic = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;

Error invalid(std::string what) {
  ERR_clear_error();
  return {ErrorKind::kInvalid, Fault::kUser, std::move(what)};
}

/// Of the answers in a response, the one about a certificate with this serial number.
OCSP_SINGLERESP* answer_about(OCSP_BASICRESP* basic, const X509* certificate) {
  const ASN1_INTEGER* wanted = X509_get0_serialNumber(certificate);
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
    if (serial != nullptr && ASN1_INTEGER_cmp(serial, wanted) == 0) return single;
  }
  return nullptr;
}

}  // namespace

Result<OcspResponse> parse_ocsp(std::string_view der, const Credential& credential) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const OwnedResponse response(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  if (!response) return invalid("is no OCSP response in DER");
  const int outcome = OCSP_response_status(response.get());
  if (outcome != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return invalid(std::string("says no more than '") + OCSP_response_status_str(outcome) + "'");
  }
  const OwnedBasic basic(OCSP_response_get1_basic(response.get()));
  if (!basic) return invalid("is an OCSP response of an unknown kind");
  OCSP_SINGLERESP* answer = answer_about(basic.get(), credential.certificate());
  if (answer == nullptr) return invalid("is about another certificate");
  ASN1_GENERALIZEDTIME* since = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(answer, nullptr, nullptr, &since, &until);
  OcspResponse out;
  out.der = der;
  out.since = wall_time_of(since);
  out.until = until == nullptr ? WallTime::max() : wall_time_of(until);
  out.is_good = status == V_OCSP_CERTSTATUS_GOOD;
  ERR_clear_error();
  return out;
}

}  // namespace headgate::base::x509
