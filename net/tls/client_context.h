#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "net/tls/openssl.h"
#include "net/tls/server_contexts.h"
#include "net/tls/settings.h"

namespace headgate::net::tls {

struct ClientSettings {
  Protocol protocol;
  bool verify = true;           ///< the server's certificate: who signed it, that it is valid now and has the name
  std::string ca_pem;           ///< whom to believe; empty: whom the system believes
  SharedCredential credential;  ///< what a server that asks for it is shown; null: nothing
  std::string must_speak;       ///< the one of protocol.alpn that the server has to agree to; empty: it need not
};

/// What is needed to begin TLS with servers. Immutable, used by all workers at once.
class ClientContext {
 public:
  static base::Result<std::shared_ptr<const ClientContext>> make(const ClientSettings& settings);

  /// A connection that will ask for `server_name` and, where the server is verified, insist on it.
  OwnedSsl begin(const std::string& server_name) const;
  const std::string& must_speak() const { return settings_.must_speak; }
  /// Whether it was made from the same settings, certificates and key.
  bool is_like(const ClientContext& other) const;

 private:
  ClientContext(OwnedContext context, ClientSettings settings)
      : context_(std::move(context)), settings_(std::move(settings)) {}
  OwnedContext context_;
  ClientSettings settings_;
};

}  // namespace headgate::net::tls
