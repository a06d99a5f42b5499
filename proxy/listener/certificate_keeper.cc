#include "proxy/listener/certificate_keeper.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "config/load.h"
#include "net/waiting.h"

namespace headgate::proxy::listener {
namespace {

std::vector<std::string> files_of(const config::ListenerTls& tls) {
  std::vector<std::string> out;
  for (const config::TlsCertificate& certificate : tls.certificates) {
    for (const std::string& file : {certificate.cert, certificate.key, certificate.ocsp}) {
      if (!file.empty()) out.push_back(file);
    }
  }
  if (!tls.client_ca.empty()) out.push_back(tls.client_ca);
  return out;
}

/// The files whose certificate is another one now.
std::string changed_between(const std::vector<ShownCertificate>& before, const std::vector<ShownCertificate>& after) {
  std::string out;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const bool is_same = i < before.size() && before[i].fingerprint == after[i].fingerprint;
    if (!is_same) out += (out.empty() ? "" : ", ") + after[i].file;
  }
  return out;
}

/// The fingerprints of those that have expired.
std::vector<std::string> expired_in(const LoadedTls& loaded) {
  std::vector<std::string> out;
  for (const ShownCertificate& shown : loaded.certificates) {
    if (base::wall_now() >= shown.not_after) out.push_back(shown.fingerprint);
  }
  return out;
}

}  // namespace

CertificateKeeper::Marks CertificateKeeper::marks_of(const std::vector<std::string>& files) {
  Marks out;
  out.reserve(files.size());
  for (const std::string& file : files) out.push_back(config::mark_of(file));
  return out;
}

void CertificateKeeper::follow(std::vector<Followed> listeners, const config::Config& config) {
  watched_.clear();
  for (Followed& listener : listeners) {
    Watched& watched = watched_[listener.settings->name];
    watched.files = files_of(*listener.settings->tls);
    watched.loaded = std::move(listener.loaded);
    watched.settings = std::move(listener.settings);
    watched.share = std::move(listener.share);
    // `used` is left empty: what changed while the configuration was compiled is found by the next look.
    watched.seen = marks_of(watched.files);
    watched.expired = expired_in(watched.loaded);  // told below
  }
  for (const std::string& warning : config::tls_warnings(config, base::wall_now())) told_.happened(warning, true);
}

net::Task<void> CertificateKeeper::watch() {
  while (true) {
    co_await net::sleep_until(loop_, loop_.now() + kLookEvery);
    look();
  }
}

void CertificateKeeper::look() {
  for (auto& [name, watched] : watched_) {
    Marks marks = marks_of(watched.files);
    // A certificate and its key are two files: until nothing moves any more they may not fit.
    const bool is_still = marks == watched.seen;
    watched.seen = std::move(marks);
    if (is_still && watched.seen != watched.used) load_again(watched);
    tell_of_expired(watched);
  }
}

void CertificateKeeper::load_again(Watched& watched) {
  watched.used = watched.seen;
  base::Result<LoadedTls> loaded = load_tls(*watched.settings, watched.share);
  if (!loaded) {
    if (watched.error != loaded.error().message) {
      told_.happened(loaded.error().message + "; what was loaded before is still shown", true);
    }
    watched.error = loaded.error().message;
    return;
  }
  const std::string changed = changed_between(watched.loaded.certificates, loaded->certificates);
  const bool was_bad = !watched.error.empty();
  watched.error.clear();
  watched.loaded = std::move(*loaded);
  told_.loaded(watched.settings->name, watched.loaded);
  if (!changed.empty()) {
    told_.happened(fmt::format("listener {}: shows a new certificate: {}", watched.settings->name, changed), false);
  } else if (was_bad) {
    told_.happened(fmt::format("listener {}: its certificates can be used again", watched.settings->name), false);
  }
}

/// Once for each certificate that runs out while it is shown.
void CertificateKeeper::tell_of_expired(Watched& watched) {
  std::vector<std::string> expired = expired_in(watched.loaded);
  for (const ShownCertificate& shown : watched.loaded.certificates) {
    const bool is_expired = std::find(expired.begin(), expired.end(), shown.fingerprint) != expired.end();
    const bool was_told =
        std::find(watched.expired.begin(), watched.expired.end(), shown.fingerprint) != watched.expired.end();
    if (is_expired && !was_told) {
      told_.happened(fmt::format("listener {}: {} has expired", watched.settings->name, shown.file), true);
    }
  }
  watched.expired = std::move(expired);
}

const KeptCertificates* CertificateKeeper::of(const std::string& listener) const {
  const auto found = watched_.find(listener);
  return found == watched_.end() ? nullptr : &found->second;
}

}  // namespace headgate::proxy::listener
