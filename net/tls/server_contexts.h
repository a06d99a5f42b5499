#pragma once
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/x509/credential.h"
#include "net/tls/resumption.h"
#include "net/tls/settings.h"
#include "net/tls/staples.h"

namespace headgate::net::tls {

struct ServerSettings {
  Protocol protocol;
  /// At least one. Whom a client asks for (SNI) finds those with that name, else those with the wildcard over it, else
  /// the first. Of several for one name, one of each kind of key is used: the client takes what it knows.
  std::vector<SharedCredential> credentials;
  std::string client_ca_pem;         ///< who signs clients' certificates; empty: clients are not asked for one
  bool client_must_show = true;      ///< with a CA: a client without a certificate is refused
  std::shared_ptr<Staples> staples;  ///< null: none are shown
  ResumptionSettings resumption;
  std::string scope;  ///< sessions are resumed only where they were made: the listener's name
};

/// All that a listener shows of itself, ready for handshakes. Immutable, used by all workers at once: a change of a
/// certificate is another ServerContexts, and connections keep what they began with.
class ServerContexts {
 public:
  static base::Result<std::shared_ptr<const ServerContexts>> make(const ServerSettings& settings);
  ~ServerContexts();
  ServerContexts(const ServerContexts&) = delete;
  ServerContexts& operator=(const ServerContexts&) = delete;

  /// The context of clients that name nobody, and of those who name somebody unknown.
  SSL_CTX* first() const;
  /// The one for this name, lower case; null: there is none.
  SSL_CTX* find(std::string_view host) const;

 private:
  struct Inside;
  explicit ServerContexts(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace headgate::net::tls
