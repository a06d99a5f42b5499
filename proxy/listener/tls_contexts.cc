#include "proxy/listener/tls_contexts.h"

#include <string>

#include "config/certificates/credentials.h"
#include "config/files.h"
#include "net/tls/server_contexts.h"
#include "proxy/listener/tls_share.h"

namespace headgate::proxy::listener {
namespace {

using net::tls::ServerContexts;
using net::tls::SharedCredential;

base::Error in_listener(const config::Listener& listener, const base::Error& error) {
  return {error.kind, error.fault, "listener " + listener.name + ": " + error.message};
}

net::tls::Version version_of(config::TlsVersion version) {
  return version == config::TlsVersion::k12 ? net::tls::Version::k12 : net::tls::Version::k13;
}

/// Shows the response of its file beside a certificate. One that is out of time is put there all the same, and not
/// shown.
base::Result<void> staple(const config::TlsCertificate& certificate, const SharedCredential& credential,
                          net::tls::Staples& staples) {
  if (certificate.ocsp.empty()) return {};
  const base::Result<std::string> der = config::read_pem(certificate.ocsp);
  if (!der) return der.error();
  base::Result<base::x509::OcspResponse> response = base::x509::parse_ocsp(*der, *credential);
  if (!response) {
    return base::Error{response.error().kind, response.error().fault,
                       certificate.ocsp + " " + response.error().message};
  }
  staples.put(*credential, std::move(*response));
  return {};
}

base::Result<net::tls::ServerSettings> settings_of(const config::ListenerTls& tls, net::tls::Staples& staples) {
  net::tls::ServerSettings out;
  out.protocol.min = version_of(tls.min_version);
  out.protocol.max = version_of(tls.max_version);
  if (!tls.ciphers.empty()) out.protocol.ciphers = tls.ciphers;
  out.protocol.alpn = tls.alpn;
  out.client_must_show = tls.client_is_required;
  for (const config::TlsCertificate& certificate : tls.certificates) {
    base::Result<SharedCredential> credential = config::certificates::read_credential(certificate);
    if (!credential) return credential.error();
    const base::Result<void> stapled = staple(certificate, *credential, staples);
    if (!stapled) return stapled.error();
    out.credentials.push_back(std::move(*credential));
  }
  if (tls.client_ca.empty()) return out;
  base::Result<std::string> ca = config::read_pem(tls.client_ca);
  if (!ca) return ca.error();
  out.client_ca_pem = std::move(*ca);
  return out;
}

}  // namespace

base::Result<LoadedTls> load_tls(const config::Listener& listener, const std::shared_ptr<ListenerShare>& share) {
  LoadedTls out;
  if (!listener.tls) return out;
  base::Result<net::tls::ServerSettings> settings = settings_of(*listener.tls, share->tls->staples);
  if (!settings) return in_listener(listener, settings.error());
  settings->scope = listener.name;
  settings->staples = std::shared_ptr<net::tls::Staples>(share, &share->tls->staples);
  settings->resumption.sessions = std::shared_ptr<net::tls::Sessions>(share, &share->tls->sessions);
  settings->resumption.tickets = listener.tls->session_tickets;
  settings->resumption.cache_max = listener.tls->session_cache;
  settings->resumption.lifetime = listener.tls->session_lifetime;
  base::Result<std::shared_ptr<const ServerContexts>> made = ServerContexts::make(*settings);
  if (!made) return in_listener(listener, made.error());
  out.contexts = std::move(*made);
  for (std::size_t i = 0; i < settings->credentials.size(); ++i) {
    const base::x509::Credential& shown = *settings->credentials[i];
    out.certificates.push_back(
        {listener.tls->certificates[i].cert, shown.names(),
         std::string(base::x509::to_string(shown.kind())) + " " + std::to_string(shown.key_bits()),
         base::x509::fingerprint_of(shown.certificate()), shown.not_before(), shown.not_after(),
         share->tls->staples.of(shown.certificate(), base::wall_now()) != nullptr});
  }
  return out;
}

}  // namespace headgate::proxy::listener
