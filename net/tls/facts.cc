#include "net/tls/facts.h"

#include <openssl/x509.h>

#include <array>

#include "base/x509/credential.h"
#include "net/tls/layer.h"
#include "net/tls/settings.h"

namespace headgate::net::tls {
namespace {

using base::x509::fingerprint_of;
using base::x509::serial_of;
using base::x509::text_of;

constexpr std::array<std::string_view, kFailures> kFailureNames = {
    "none",        "timeout",        "closed",          "not_tls",         "version", "no_shared_cipher",
    "no_protocol", "no_certificate", "bad_certificate", "refused_by_peer", "protocol"};

std::string_view as_view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

std::string_view name_of(Failure failure) {
  return kFailureNames[static_cast<std::size_t>(failure)];
}

std::string_view Layer::alpn() const {
  const unsigned char* name = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

std::string_view Layer::server_name() const {
  return as_view(SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name));
}

std::string_view Layer::version() const {
  return shaken_ ? as_view(SSL_get_version(ssl_.get())) : std::string_view();
}

std::string_view Layer::cipher() const {
  return shaken_ ? as_view(SSL_get_cipher_name(ssl_.get())) : std::string_view();
}

bool Layer::resumed() const {
  return SSL_session_reused(ssl_.get()) == 1;
}

bool Layer::peer_verified() const {
  return SSL_get0_peer_certificate(ssl_.get()) != nullptr && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
}

bool Layer::covers(std::string_view host) const {
  return context_covers(SSL_get_SSL_CTX(ssl_.get()), host);
}

const PeerCertificate* Layer::peer_certificate() const {
  if (peer_certificate_) return peer_certificate_.get();
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return nullptr;
  peer_certificate_ = std::make_unique<PeerCertificate>(
      PeerCertificate{text_of(X509_get_subject_name(certificate)), text_of(X509_get_issuer_name(certificate)),
                      serial_of(certificate), fingerprint_of(certificate)});
  return peer_certificate_.get();
}

}  // namespace headgate::net::tls
