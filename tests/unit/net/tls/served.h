#pragma once
#include <memory>
#include <string>
#include <vector>

#include "net/tls/handshake.h"
#include "tests/unit/base/x509/test_certificates.h"

namespace headgate::net::tls::testing {

inline SharedCredential credential_of(const headgate::testing::Issued& issued) {
  return *base::x509::Credential::parse(issued.cert_pem, issued.key_pem);
}

/// A certificate for "a.example" that a whole test program can share.
inline const headgate::testing::Issued& some_certificate() {
  static const headgate::testing::Issued issued = headgate::testing::issue({.dns = {"a.example"}});
  return issued;
}

inline ServerSettings some_settings() {
  ServerSettings settings;
  settings.credentials = {credential_of(some_certificate())};
  settings.scope = "test";
  return settings;
}

inline std::shared_ptr<const ServerContexts> contexts_of(const ServerSettings& settings) {
  return *ServerContexts::make(settings);
}

}  // namespace headgate::net::tls::testing
