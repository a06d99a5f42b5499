#include "proxy/balance/backend_tls.h"

#include <algorithm>
#include <utility>

#include "config/certificates/credentials.h"
#include "config/files.h"

namespace headgate::proxy::balance {
namespace {

using net::tls::ClientContext;

base::Error in_pool(const config::Pool& pool, const base::Error& error) {
  return {error.kind, error.fault, "pool " + pool.name + ": " + error.message};
}

base::Result<net::tls::ClientSettings> settings_of(const config::Pool& pool, bool is_for_tcp) {
  const config::PoolTls& tls = *pool.tls;
  net::tls::ClientSettings out;
  out.verify = tls.verify;
  if (config::speaks_http2(pool.protocol) && !is_for_tcp) out.must_speak = "h2";
  if (!is_for_tcp) out.protocol.alpn = {out.must_speak.empty() ? "http/1.1" : out.must_speak};
  if (!tls.ca.empty()) {
    base::Result<std::string> ca = config::read_pem(tls.ca);
    if (!ca) return ca.error();
    out.ca_pem = std::move(*ca);
  }
  if (!tls.certificate) return out;
  base::Result<net::tls::SharedCredential> credential = config::certificates::read_credential(*tls.certificate);
  if (!credential) return credential.error();
  out.credential = std::move(*credential);
  return out;
}

}  // namespace

base::Result<std::shared_ptr<const ClientContext>> backend_tls_of(const config::Pool& pool, bool is_for_tcp) {
  if (!pool.tls) return std::shared_ptr<const ClientContext>();
  const base::Result<net::tls::ClientSettings> settings = settings_of(pool, is_for_tcp);
  if (!settings) return in_pool(pool, settings.error());
  base::Result<std::shared_ptr<const ClientContext>> made = ClientContext::make(*settings);
  if (!made) return in_pool(pool, made.error());
  return made;
}

bool is_tcp_target(const config::Config& config, const std::string& pool) {
  const auto leads_there = [&pool](const auto& target) { return target.second == pool; };
  return std::ranges::any_of(config.listeners, [&](const config::Listener& listener) {
    const config::TcpTargets& targets = listener.tcp;
    return targets.pool == pool || std::ranges::any_of(targets.sni, leads_there) ||
           std::ranges::any_of(targets.alpn, leads_there);
  });
}

std::string server_name_of(const config::PoolTls& tls, const config::Backend& backend, const base::Endpoint& address) {
  if (!tls.sni.empty()) return tls.sni;
  if (const auto* name = std::get_if<config::BackendName>(&backend.where)) {
    if (!name->is_service) return name->host;
    // RFC 6125 section 6.2.1 takes the domain that was asked for: anybody may make a record that leads to a target.
    const std::size_t protocol = name->host.find('.') + 1;
    return name->host.substr(name->host.find('.', protocol) + 1);
  }
  return address.is_unix() ? std::string() : address.address().text();
}

std::shared_ptr<net::tls::KnownServer> known_server(const std::shared_ptr<net::tls::KnownServer>& before,
                                                    std::shared_ptr<const ClientContext> context, std::string name) {
  if (context == nullptr) return nullptr;
  if (before != nullptr && before->name() == name && before->context()->is_like(*context)) return before;
  return std::make_shared<net::tls::KnownServer>(std::move(context), std::move(name));
}

}  // namespace headgate::proxy::balance
