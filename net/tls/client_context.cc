#include "net/tls/client_context.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "base/ip_address.h"
#include "net/tls/known_server.h"

namespace headgate::net::tls {

namespace {

bool is_same(const SharedCredential& a, const SharedCredential& b) {
  if (!a || !b) return a == b;
  const auto is_same_certificate = [](const base::x509::OwnedCertificate& x, const base::x509::OwnedCertificate& y) {
    return X509_cmp(x.get(), y.get()) == 0;
  };
  // The certificate's key is the same with it.
  return X509_cmp(a->certificate(), b->certificate()) == 0 &&
         std::ranges::equal(a->intermediates(), b->intermediates(), is_same_certificate);
}

}  // namespace

bool ClientContext::is_like(const ClientContext& other) const {
  const ClientSettings& a = settings_;
  const ClientSettings& b = other.settings_;
  return a.protocol == b.protocol && a.verify == b.verify && a.ca_pem == b.ca_pem && a.must_speak == b.must_speak &&
         is_same(a.credential, b.credential);
}

base::Result<std::shared_ptr<const ClientContext>> ClientContext::make(const ClientSettings& settings) {
  OwnedContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    return base::Error{base::ErrorKind::kExhausted, base::Fault::kHeadgate, base::x509::take_openssl_error()};
  }
  base::Result<void> done = apply_protocol(context.get(), settings.protocol);
  if (done && settings.credential) done = add_credential(context.get(), settings.credential);
  if (done && settings.verify && !settings.ca_pem.empty()) done = trust(context.get(), settings.ca_pem);
  if (!done) return done.error();
  if (settings.verify && settings.ca_pem.empty()) SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  KnownServer::keep_sessions(context.get());
  const std::string alpn = alpn_wire(settings.protocol.alpn);
  if (!alpn.empty()) {
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
  }
  return std::shared_ptr<const ClientContext>(new ClientContext(std::move(context), settings));
}

OwnedSsl ClientContext::begin(const std::string& server_name) const {
  OwnedSsl ssl(SSL_new(context_.get()));
  if (!ssl) return ssl;
  SSL_set_connect_state(ssl.get());
  if (server_name.empty()) return ssl;
  if (base::IpAddress::parse(server_name)) {  // RFC 6066 section 3: an address is no host name
    if (settings_.verify) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), server_name.c_str());
    return ssl;
  }
  SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (settings_.verify) SSL_set1_host(ssl.get(), server_name.c_str());
  return ssl;
}

}  // namespace headgate::net::tls
