#include "net/tls/known_server.h"

#include <utility>

namespace headgate::net::tls {
namespace {

using SharedServer = std::shared_ptr<KnownServer>;

/// A connection keeps the server that it is to: tickets may come at any time of its life, and outlive a reload.
int server_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* server, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<SharedServer*>(server); });
  return index;
}

/// Nobody would be let in by a certificate that has run out, so nobody is by a session that it began.
bool has_run_out(const SSL_SESSION* session) {
  const X509* certificate = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return certificate != nullptr && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
}

}  // namespace

OwnedSsl KnownServer::begin() {
  OwnedSsl ssl = context_->begin(name_);
  if (!ssl) return ssl;
  SSL_set_ex_data(ssl.get(), server_index(), new SharedServer(shared_from_this()));
  if (const OwnedSession kept = session()) SSL_set_session(ssl.get(), kept.get());
  return ssl;
}

void KnownServer::forget_session() {
  const std::lock_guard lock(mutex_);
  session_.reset();
}

/// OpenSSL changes sessions while connections use them, so each connection has a copy of its own.
OwnedSession KnownServer::session() {
  const std::lock_guard lock(mutex_);
  if (session_ && has_run_out(session_.get())) session_.reset();
  return OwnedSession(session_ ? SSL_SESSION_dup(session_.get()) : nullptr);
}

void KnownServer::keep(SSL_SESSION* session) {
  const int bytes = i2d_SSL_SESSION(session, nullptr);
  if (bytes <= 0 || static_cast<std::size_t>(bytes) > kSessionBytesMax) return;
  if (SSL_SESSION_is_resumable(session) != 1) return;
  OwnedSession copy(SSL_SESSION_dup(session));
  const std::lock_guard lock(mutex_);
  session_.swap(copy);
}

void KnownServer::keep_sessions(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    const auto* server = static_cast<SharedServer*>(SSL_get_ex_data(ssl, server_index()));
    if (server != nullptr) (*server)->keep(session);
    return 0;  // the session stays OpenSSL's
  });
}

}  // namespace headgate::net::tls
