#include "net/tls/staples.h"

#include <algorithm>
#include <set>

#include "base/x509/pem.h"

namespace headgate::net::tls {

void Staples::put(const base::x509::Credential& credential, base::x509::OcspResponse response) {
  auto shared = std::make_shared<const base::x509::OcspResponse>(std::move(response));
  const std::lock_guard lock(mutex_);
  by_fingerprint_[base::x509::fingerprint_of(credential.certificate())] = std::move(shared);
}

void Staples::keep_only(const std::vector<std::shared_ptr<const base::x509::Credential>>& credentials) {
  std::set<std::string> kept;
  for (const auto& credential : credentials) kept.insert(base::x509::fingerprint_of(credential->certificate()));
  const std::lock_guard lock(mutex_);
  std::erase_if(by_fingerprint_, [&](const auto& entry) { return !kept.contains(entry.first); });
}

std::shared_ptr<const base::x509::OcspResponse> Staples::of(const X509* certificate, base::WallTime now) const {
  {
    const std::lock_guard lock(mutex_);
    if (by_fingerprint_.empty()) return nullptr;
  }
  const std::string fingerprint = base::x509::fingerprint_of(certificate);
  const std::lock_guard lock(mutex_);
  const auto found = by_fingerprint_.find(fingerprint);
  if (found == by_fingerprint_.end() || now < found->second->since || now >= found->second->until) return nullptr;
  return found->second;
}

}  // namespace headgate::net::tls
