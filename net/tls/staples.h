#pragma once
#include <openssl/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/x509/credential.h"
#include "base/x509/ocsp.h"

namespace headgate::net::tls {

/// The OCSP responses that a listener shows beside its certificates, by certificate. Outlives reloads; whoever has a
/// newer response, from a file or from the authority, puts it here while connections go on. From any thread.
class Staples {
 public:
  void put(const base::x509::Credential& credential, base::x509::OcspResponse response);
  /// Forgets those of all other certificates.
  void keep_only(const std::vector<std::shared_ptr<const base::x509::Credential>>& credentials);
  /// What is to be shown beside this certificate at `now`; null: nothing, as one that is out of time does harm.
  std::shared_ptr<const base::x509::OcspResponse> of(const X509* certificate, base::WallTime now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const base::x509::OcspResponse>> by_fingerprint_;
};

}  // namespace headgate::net::tls
