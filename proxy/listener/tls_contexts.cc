#include "proxy/listener/tls_contexts.h"

#include <string>

#include "config/files.h"
#include "net/tls/server_contexts.h"

namespace headgate::proxy::listener {
namespace {

using net::tls::ServerContexts;
using net::tls::SharedCredential;

base::Error in_listener(const config::Listener& listener, const base::Error& error) {
  return {error.kind, error.fault, "listener " + listener.name + ": " + error.message};
}

base::Result<SharedCredential> credential_of(const config::TlsCertificate& certificate) {
  const base::Result<std::string> cert = config::read_pem(certificate.cert);
  if (!cert) return cert.error();
  const base::Result<std::string> key = config::read_pem(certificate.key);
  if (!key) return key.error();
  base::Result<SharedCredential> parsed = base::x509::Credential::parse(*cert, *key);
  if (parsed) return parsed;
  const base::Error& why = parsed.error();
  return base::Error{why.kind, why.fault, certificate.cert + " with " + certificate.key + ": " + why.message};
}

net::tls::Version version_of(config::TlsVersion version) {
  return version == config::TlsVersion::k12 ? net::tls::Version::k12 : net::tls::Version::k13;
}

base::Result<net::tls::ServerSettings> settings_of(const config::ListenerTls& tls) {
  net::tls::ServerSettings out;
  out.protocol.min = version_of(tls.min_version);
  out.protocol.max = version_of(tls.max_version);
  if (!tls.ciphers.empty()) out.protocol.ciphers = tls.ciphers;
  out.protocol.alpn = tls.alpn;
  out.client_must_show = tls.client_is_required;
  for (const config::TlsCertificate& certificate : tls.certificates) {
    base::Result<SharedCredential> credential = credential_of(certificate);
    if (!credential) return credential.error();
    out.credentials.push_back(std::move(*credential));
  }
  if (tls.client_ca.empty()) return out;
  base::Result<std::string> ca = config::read_pem(tls.client_ca);
  if (!ca) return ca.error();
  out.client_ca_pem = std::move(*ca);
  return out;
}

}  // namespace

base::Result<std::shared_ptr<const ServerContexts>> tls_contexts_of(const config::Listener& listener,
                                                                    const std::shared_ptr<ListenerShare>& share) {
  if (!listener.tls) return std::shared_ptr<const ServerContexts>();
  base::Result<net::tls::ServerSettings> settings = settings_of(*listener.tls);
  if (!settings) return in_listener(listener, settings.error());
  settings->scope = listener.name;
  settings->resumption.sessions = std::shared_ptr<net::tls::Sessions>(share, &share->tls_sessions);
  settings->resumption.tickets = listener.tls->session_tickets;
  settings->resumption.cache_max = listener.tls->session_cache;
  settings->resumption.lifetime = listener.tls->session_lifetime;
  base::Result<std::shared_ptr<const ServerContexts>> made = ServerContexts::make(*settings);
  if (!made) return in_listener(listener, made.error());
  return made;
}

}  // namespace headgate::proxy::listener
