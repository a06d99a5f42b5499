#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/listener/listener_share.h"

namespace headgate::net::tls {
class ServerContexts;
}

namespace headgate::proxy::listener {

/// A certificate that a listener shows, for people.
struct ShownCertificate {
  std::string file;  ///< of the certificate
  std::vector<std::string> names;
  std::string key;  ///< "ECDSA 256"
  std::string fingerprint;
  base::WallTime not_before;
  base::WallTime not_after;
  bool stapled = false;  ///< with an OCSP response that is valid now
};

/// What a listener shows to clients that speak TLS.
struct LoadedTls {
  std::shared_ptr<const net::tls::ServerContexts> contexts;  ///< null: the listener is a plain one
  std::vector<ShownCertificate> certificates;                ///< in the order of the file
};

/// What a listener shows, and why it shows nothing newer.
struct KeptCertificates {
  LoadedTls loaded;
  std::string error;  ///< newer files cannot be used; empty: there are none
};

/// From the listener's files as they are now. Errors name the listener and the file.
base::Result<LoadedTls> load_tls(const config::Listener& listener, const std::shared_ptr<ListenerShare>& share);

}  // namespace headgate::proxy::listener
