#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "net/tls/client_context.h"
#include "net/tls/openssl.h"

namespace headgate::net::tls {

using OwnedSession = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;

/// A server that is connected to again and again: who it has to be, and the newest session with it, which the next
/// connection takes up again. A session is used as often as connections begin before a newer one comes: that an
/// observer can tell them for the same client (RFC 8446 appendix C.4) is no news between two fixed addresses. From any
/// thread.
///
/// A session stands for the verification that it began with, so it belongs to the context; it goes when the server's
/// certificate has run out, when a handshake with it fails, and with the context.
class KnownServer : public std::enable_shared_from_this<KnownServer> {
 public:
  /// Larger sessions (by long certificates) are not kept.
  static constexpr std::size_t kSessionBytesMax = 16 * 1024;

  /// `name`: a host name, which is sent as SNI too, or an address; empty: neither sent nor checked.
  KnownServer(std::shared_ptr<const ClientContext> context, std::string name)
      : context_(std::move(context)), name_(std::move(name)) {}

  const std::shared_ptr<const ClientContext>& context() const { return context_; }
  const std::string& name() const { return name_; }

  /// A connection to it; null: no memory.
  OwnedSsl begin();
  /// The next connection makes a full handshake.
  void forget_session();

  /// Has the connections of a context leave their sessions with the server that they are to.
  static void keep_sessions(SSL_CTX* context);

 private:
  void keep(SSL_SESSION* session);
  OwnedSession session();

  const std::shared_ptr<const ClientContext> context_;
  const std::string name_;
  std::mutex mutex_;
  OwnedSession session_;
};

}  // namespace headgate::net::tls
