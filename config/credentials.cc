#include "config/credentials.h"

#include "config/files.h"

namespace headgate::config {

base::Result<std::shared_ptr<const base::x509::Credential>> read_credential(const TlsCertificate& certificate) {
  const base::Result<std::string> cert = read_pem(certificate.cert);
  if (!cert) return cert.error();
  const base::Result<std::string> key = read_pem(certificate.key);
  if (!key) return key.error();
  base::Result<std::shared_ptr<const base::x509::Credential>> parsed = base::x509::Credential::parse(*cert, *key);
  if (parsed) return parsed;
  const base::Error& why = parsed.error();
  return base::Error{why.kind, why.fault, certificate.cert + " with " + certificate.key + ": " + why.message};
}

}  // namespace headgate::config
