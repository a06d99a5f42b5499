#include "base/x509/ocsp.h"

#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/ascii.h"

namespace headgate::base::x509 {
namespace {

using OwnedResponse = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using OwnedBasic = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;

Error refused(std::string what) {
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

/// Clocks of authorities may be ahead of ours by so much.
constexpr Duration kClockSkew = std::chrono::minutes(5);

void free_der(unsigned char* der) {
  OPENSSL_free(der);
}

/// The certificates in it belong to others.
void free_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}

void free_text(char* text) {
  OPENSSL_free(text);
}

std::optional<OcspResponder> parse_url(const char* url) {
  char* host = nullptr;
  char* port = nullptr;
  char* path = nullptr;
  int is_https = 0;
  const int parsed = OSSL_HTTP_parse_url(url, &is_https, nullptr, &host, &port, nullptr, &path, nullptr, nullptr);
  const std::unique_ptr<char, Freer<free_text>> owners[] = {std::unique_ptr<char, Freer<free_text>>(host),
                                                            std::unique_ptr<char, Freer<free_text>>(port),
                                                            std::unique_ptr<char, Freer<free_text>>(path)};
  if (parsed != 1 || is_https != 0) return std::nullopt;
  OcspResponder out{host, 80, path};
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  const std::optional<std::uint16_t> number = parse_decimal<std::uint16_t>(port);
  // What goes into a request line and a Host field is checked before.
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  const bool is_sound = number && *number != 0 && !out.host.empty() && std::ranges::all_of(out.host, is_plain) &&
                        out.path.starts_with('/') && std::ranges::all_of(out.path, is_plain);
  if (!is_sound) return std::nullopt;
  out.port = *number;
  return out;
}

/// Of the certificates that stand behind it.
Result<const X509*> issuer_of(const Credential& credential) {
  for (const OwnedCertificate& one : credential.intermediates()) {
    if (X509_check_issued(one.get(), credential.certificate()) == X509_V_OK) {
      return static_cast<const X509*>(one.get());
    }
  }
  return refused("lacks the certificate of its issuer, which belongs behind it in the file");
}

}  // namespace

Result<OcspResponse> parse_ocsp(std::string_view der, const Credential& credential) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const OwnedResponse response(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  if (!response) return refused("is no OCSP response in DER");
  const int outcome = OCSP_response_status(response.get());
  if (outcome != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return refused(std::string("says no more than '") + OCSP_response_status_str(outcome) + "'");
  }
  const OwnedBasic basic(OCSP_response_get1_basic(response.get()));
  if (!basic) return refused("is an OCSP response of an unknown kind");
  OCSP_SINGLERESP* answer = answer_about(basic.get(), credential.certificate());
  if (answer == nullptr) return refused("is about another certificate");
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

std::string OcspResponder::text() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "http://" + shown + (port == 80 ? "" : ":" + std::to_string(port)) + path;
}

Result<OcspResponder> ocsp_responder_of(const Credential& credential) {
  const std::unique_ptr<STACK_OF(OPENSSL_STRING), Freer<X509_email_free>> urls(
      X509_get1_ocsp(credential.certificate()));
  for (int i = 0; i < sk_OPENSSL_STRING_num(urls.get()); ++i) {
    if (const std::optional<OcspResponder> found = parse_url(sk_OPENSSL_STRING_value(urls.get(), i))) return *found;
  }
  ERR_clear_error();
  return refused("names no OCSP responder that is asked over http");
}

Result<std::string> ocsp_question(const Credential& credential) {
  const Result<const X509*> issuer = issuer_of(credential);
  if (!issuer) return issuer.error();
  const std::unique_ptr<OCSP_REQUEST, Freer<OCSP_REQUEST_free>> request(OCSP_REQUEST_new());
  OCSP_CERTID* id = OCSP_cert_to_id(nullptr, credential.certificate(), *issuer);
  if (!request || id == nullptr || OCSP_request_add0_id(request.get(), id) == nullptr) {
    return refused("no OCSP request can be made for it: " + take_openssl_error());
  }
  unsigned char* der = nullptr;
  const int bytes = i2d_OCSP_REQUEST(request.get(), &der);
  const std::unique_ptr<unsigned char, Freer<free_der>> owner(der);
  if (bytes <= 0) return refused("no OCSP request can be made for it: " + take_openssl_error());
  return std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(bytes));
}

Result<OcspResponse> verify_ocsp(std::string_view der, const Credential& credential, WallTime now) {
  Result<OcspResponse> out = parse_ocsp(der, credential);
  if (!out) return out;
  const Result<const X509*> issuer = issuer_of(credential);
  if (!issuer) return issuer.error();
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const OwnedResponse response(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  const OwnedBasic basic(OCSP_response_get1_basic(response.get()));
  const std::unique_ptr<X509_STORE, Freer<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<STACK_OF(X509), Freer<free_stack>> chain(sk_X509_new_null());
  if (!store || !chain) return refused(take_openssl_error());
  X509_STORE_add_cert(store.get(), const_cast<X509*>(*issuer));
  // The issuer is believed, whoever stands above it: the certificate's own chain was judged by who installed it.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  for (const OwnedCertificate& one : credential.intermediates()) sk_X509_push(chain.get(), one.get());
  if (OCSP_basic_verify(basic.get(), chain.get(), store.get(), 0) != 1) {
    return refused("is not signed by the certificate's authority: " + take_openssl_error());
  }
  const std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>> id(
      OCSP_cert_to_id(nullptr, credential.certificate(), *issuer));
  int status = 0;
  if (OCSP_resp_find_status(basic.get(), id.get(), &status, nullptr, nullptr, nullptr, nullptr) != 1) {
    return refused("is about another certificate");
  }
  if (now + kClockSkew < out->since) return refused("is not valid yet");
  if (now >= out->until) return refused("is out of date");
  return out;
}

}  // namespace headgate::base::x509
