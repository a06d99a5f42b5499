#include "net/tls/server_contexts.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <array>
#include <map>
#include <span>

#include "base/ascii.h"
#include "net/tls/openssl.h"

namespace headgate::net::tls {
namespace {

using base::x509::Credential;

/// One credential of each kind, or none: what is shown for a name.
using Choice = std::array<SharedCredential, base::x509::kKeyKinds>;

/// Host names of TLS are at most this long; what is longer is nobody's.
constexpr std::size_t kNameBytesMax = 255;

}  // namespace

struct ServerContexts::Inside {
  std::string alpn;
  std::shared_ptr<Staples> staples;
  std::map<Choice, OwnedContext> contexts;
  std::map<std::string, SSL_CTX*, std::less<>> by_name;
  SSL_CTX* first = nullptr;

  base::Result<SSL_CTX*> context_of(const Choice& choice, const ServerSettings& settings);
  base::Result<void> set_up(SSL_CTX* context, const Choice& choice, const ServerSettings& settings);
  base::Result<void> ask_for_clients(SSL_CTX* context, const ServerSettings& settings);

  static int show_staple(SSL* ssl, void* inside);
  static int choose_context(SSL* ssl, int*, void* contexts);
  static int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* offered,
                             unsigned offered_bytes, void* inside);
};

ServerContexts::ServerContexts(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
ServerContexts::~ServerContexts() = default;

SSL_CTX* ServerContexts::first() const {
  return inside_->first;
}

SSL_CTX* ServerContexts::find(std::string_view host) const {
  const auto exact = inside_->by_name.find(host);
  if (exact != inside_->by_name.end()) return exact->second;
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos || host.size() > kNameBytesMax) return nullptr;
  std::array<char, kNameBytesMax + 1> wildcard;
  wildcard[0] = '*';
  const std::size_t bytes = 1 + host.copy(wildcard.data() + 1, host.size() - dot, dot);
  const auto found = inside_->by_name.find(std::string_view(wildcard.data(), bytes));
  return found == inside_->by_name.end() ? nullptr : found->second;
}

int ServerContexts::Inside::choose_context(SSL* ssl, int*, void* inside) {
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
  std::array<char, kNameBytesMax> host;
  std::size_t bytes = 0;
  for (const char* c = asked; *c != '\0'; ++c) {
    if (bytes == host.size()) return SSL_TLSEXT_ERR_NOACK;
    host[bytes++] = base::to_lower(*c);
  }
  SSL_CTX* found = static_cast<const ServerContexts*>(inside)->find({host.data(), bytes});
  if (found == nullptr) return SSL_TLSEXT_ERR_NOACK;
  if (SSL_get_SSL_CTX(ssl) != found) SSL_set_SSL_CTX(ssl, found);
  return SSL_TLSEXT_ERR_OK;
}

int ServerContexts::Inside::choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                                            const unsigned char* offered, unsigned offered_bytes, void* inside) {
  const std::string& own = static_cast<const Inside*>(inside)->alpn;
  // RFC 7301 section 3.2: in the server's order; with nothing in common the handshake ends, so that nobody can make a
  // client speak to a server that it did not mean (the "ALPACA" attack).
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_bytes, reinterpret_cast<const unsigned char*>(own.data()),
                                          static_cast<unsigned>(own.size()), offered, offered_bytes);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int ServerContexts::Inside::show_staple(SSL* ssl, void* inside) {
  const std::shared_ptr<const base::x509::OcspResponse> staple =
      static_cast<const Inside*>(inside)->staples->of(SSL_get_certificate(ssl), base::wall_now());
  if (!staple) return SSL_TLSEXT_ERR_NOACK;
  // OpenSSL frees what it is given.
  void* copy = OPENSSL_memdup(staple->der.data(), staple->der.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple->der.size()));
  return SSL_TLSEXT_ERR_OK;
}

base::Result<void> ServerContexts::Inside::ask_for_clients(SSL_CTX* context, const ServerSettings& settings) {
  base::Result<void> trusted = trust(context, settings.client_ca_pem);
  if (!trusted) return trusted;
  base::Result<std::vector<base::x509::OwnedCertificate>> certificates =
      base::x509::read_certificates(settings.client_ca_pem);
  if (!certificates) return certificates.error();
  // Clients with several certificates choose by these names.
  for (const base::x509::OwnedCertificate& one : *certificates) SSL_CTX_add_client_CA(context, one.get());
  const int must_show = settings.client_must_show ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must_show, nullptr);
  return {};
}

base::Result<void> ServerContexts::Inside::set_up(SSL_CTX* context, const Choice& choice,
                                                  const ServerSettings& settings) {
  base::Result<void> done = apply_protocol(context, settings.protocol);
  for (const SharedCredential& credential : choice) {
    if (done && credential != nullptr) done = add_credential(context, credential);
  }
  if (done && !settings.client_ca_pem.empty()) done = ask_for_clients(context, settings);
  if (!done) return done;
  // A session that was made without a certificate, or with one of another CA, opens nothing here.
  const std::string scope = settings.scope + "\n" + settings.client_ca_pem;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(scope.data()), scope.size(), digest);
  SSL_CTX_set_session_id_context(context, digest, sizeof digest);
  allow_resumption(context, settings.resumption);
  if (staples) {
    SSL_CTX_set_tlsext_status_cb(context, &Inside::show_staple);
    SSL_CTX_set_tlsext_status_arg(context, this);
  }
  if (!alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &Inside::choose_protocol, this);
  return {};
}

base::Result<SSL_CTX*> ServerContexts::Inside::context_of(const Choice& choice, const ServerSettings& settings) {
  OwnedContext& context = contexts[choice];
  if (context) return context.get();
  context.reset(SSL_CTX_new(TLS_server_method()));
  if (!context) {
    return base::Error{base::ErrorKind::kExhausted, base::Fault::kHeadgate, base::x509::take_openssl_error()};
  }
  base::Result<void> done = set_up(context.get(), choice, settings);
  if (!done) return done.error();
  return context.get();
}

base::Result<std::shared_ptr<const ServerContexts>> ServerContexts::make(const ServerSettings& settings) {
  if (settings.credentials.empty()) base::invariant_broken("TLS for a listener without a certificate");
  auto inside = std::make_unique<Inside>();
  inside->staples = settings.staples;
  inside->alpn = alpn_wire(settings.protocol.alpn);
  std::map<std::string, Choice, std::less<>> choices;
  for (const SharedCredential& credential : settings.credentials) {
    for (const std::string& name : credential->names()) {
      SharedCredential& place = choices[name][static_cast<std::size_t>(credential->kind())];
      if (place == nullptr) place = credential;
    }
  }
  for (const auto& [name, choice] : choices) {
    base::Result<SSL_CTX*> context = inside->context_of(choice, settings);
    if (!context) return context.error();
    inside->by_name.emplace(name, *context);
  }
  // The default shows the first, and those beside it that are for the same name.
  const Credential& first = *settings.credentials.front();
  Choice alone{};
  alone[static_cast<std::size_t>(first.kind())] = settings.credentials.front();
  base::Result<SSL_CTX*> context =
      inside->context_of(first.names().empty() ? alone : choices[first.names().front()], settings);
  if (!context) return context.error();
  inside->first = *context;
  std::shared_ptr<const ServerContexts> made(new ServerContexts(std::move(inside)));
  for (const auto& [choice, one] : made->inside_->contexts) {
    SSL_CTX_set_tlsext_servername_callback(one.get(), &Inside::choose_context);
    SSL_CTX_set_tlsext_servername_arg(one.get(), const_cast<ServerContexts*>(made.get()));
  }
  return made;
}

}  // namespace headgate::net::tls
