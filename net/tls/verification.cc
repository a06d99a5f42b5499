#include "net/tls/verification.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/x509/credential.h"
#include "net/tls/layer.h"

namespace headgate::net::tls {
namespace {

/// Of the names in a certificate, so many are told.
constexpr std::size_t kNamesShown = 5;

std::string names_in(const X509* certificate) {
  const std::vector<std::string> names = base::x509::names_of(certificate);
  if (names.empty()) return "for no name at all";
  std::string out = "for other names: ";
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) out += " and " + std::to_string(names.size() - kNamesShown) + " more";
  return out;
}

std::string reason_of(int error, X509* certificate) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate has expired, on " +
             base::civil_time(base::x509::wall_time_of(X509_get0_notAfter(certificate))) + " UTC";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate is not valid before " +
             base::civil_time(base::x509::wall_time_of(X509_get0_notBefore(certificate))) + " UTC";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate is " + names_in(certificate);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "certificate is signed by an unknown CA: " + base::x509::text_of(X509_get_issuer_name(certificate));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "certificate is signed by itself, and not trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "certificate leads to an unknown CA: " + base::x509::text_of(X509_get_subject_name(certificate));
    default:
      return X509_verify_cert_error_string(error);
  }
}

bool names_its_ca(int error) {
  return error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

int note(int believed, X509_STORE_CTX* store) {
  if (believed == 1) return 1;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const int error = X509_STORE_CTX_get_error(store);
  if (ssl == nullptr || certificate == nullptr) return 0;
  std::string reason = reason_of(error, certificate);
  // What is said of an unknown CA names it already.
  const bool is_above = X509_STORE_CTX_get_error_depth(store) > 0 && !names_its_ca(error);
  if (is_above) reason += " (in its chain: " + base::x509::text_of(X509_get_subject_name(certificate)) + ")";
  Layer::of(ssl)->note_verification(std::move(reason));
  return 0;
}

}  // namespace

void explain_verification(SSL* ssl) {
  const int mode = SSL_get_verify_mode(ssl);
  if (mode != SSL_VERIFY_NONE) SSL_set_verify(ssl, mode, &note);
}

}  // namespace headgate::net::tls
