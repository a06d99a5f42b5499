#include "config/sections/tls/pool_tls.h"

#include <fmt/core.h>

#include "base/x509/credential.h"
#include "config/files.h"
#include "config/sections/shared_values.h"
#include "config/values.h"

namespace headgate::config::sections::tls {
namespace {

using base::x509::Credential;

/// `tls` of a pool while its map is read.
struct Draft {
  PoolTls tls;
  TlsCertificate shown;
  std::optional<std::string> cert_pem;
  std::optional<std::string> key_pem;
};

/// The text of a file, whose path becomes absolute.
std::optional<std::string> read_pem_of(const Reader& at, std::string& path, bool* is_open = nullptr) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  if (written.empty()) return std::nullopt;
  path = absolute_path(at.reading().folder, written);
  base::Result<std::string> text = read_pem(path, is_open);
  if (text) return *text;
  at.problem(text.error().message);
  return std::nullopt;
}

void read_ca(const Reader& at, Draft& out) {
  const std::optional<std::string> pem = read_pem_of(at, out.tls.ca);
  if (!pem) return;
  const auto certificates = base::x509::read_certificates(*pem);
  if (!certificates) at.problem(out.tls.ca + ": " + certificates.error().message);
}

void read_sni(const Reader& at, Draft& out) {
  std::string written;
  at.text(written, {1, 253});
  if (written.empty()) return;
  if (base::IpAddress::parse(written)) {
    return at.problem(fmt::format(
        "{} is an address, and SNI has names alone; without sni a backend's certificate must be for its address",
        written));
  }
  const std::optional<std::string> name = parse_host_pattern(written);
  if (!name || name->starts_with("*.") || name->starts_with('['))
    return at.expected("a host name such as app.internal");
  out.tls.sni = *name;
}

constexpr Key<Draft> kTlsKeys[] = {
    {"verify", [](const Reader& at, Draft& out) { at.boolean(out.tls.verify); }},
    {"ca", read_ca},
    {"sni", read_sni},
    {"cert", [](const Reader& at, Draft& out) { out.cert_pem = read_pem_of(at, out.shown.cert); }},
    {"key", [](const Reader& at, Draft& out) { out.key_pem = read_pem_of(at, out.shown.key, &out.shown.key_is_open); }},
};

void settle_certificate(const Reader& at, Draft& draft) {
  TlsCertificate& shown = draft.shown;
  if (shown.cert.empty() != shown.key.empty()) {
    return at.problem(shown.key.empty() ? "a certificate is shown with its key, and key is missing"
                                        : "a key is used with its certificate, and cert is missing");
  }
  if (!draft.cert_pem || !draft.key_pem) return;
  const base::Result<std::shared_ptr<const Credential>> parsed = Credential::parse(*draft.cert_pem, *draft.key_pem);
  if (!parsed) return at.problem(fmt::format("{} with {}: {}", shown.cert, shown.key, parsed.error().message));
  shown.place = at.place();
  shown.names = (*parsed)->names();
  shown.not_before = (*parsed)->not_before();
  shown.not_after = (*parsed)->not_after();
  draft.tls.certificate = std::move(shown);
}

}  // namespace

void read_pool_tls(const Reader& at, Pool& out) {
  Draft draft;
  draft.tls.place = at.place();
  const bool is_sound = read_map(at, kTlsKeys, draft);
  if (is_sound) settle_certificate(at, draft);
  if (is_sound && !draft.tls.verify && !draft.tls.ca.empty()) {
    at.problem("ca says whom to believe, and verify: false that nobody is asked; take one of them away");
  }
  out.tls = std::move(draft.tls);
}

void settle_pool_tls(const Reader& at, Pool& pool) {
  if (pool.tls && pool.protocol == BackendProtocol::kH2c) {
    return at.problem("h2c is HTTP/2 without TLS, and this pool has tls; write protocol: h2");
  }
  if (!pool.tls && pool.protocol == BackendProtocol::kH2) {
    return at.problem(
        "h2 is HTTP/2 over TLS, and this pool has no tls; add tls: {}, or write h2c for HTTP/2 without TLS");
  }
  if (!pool.tls || !pool.tls->verify || !pool.tls->sni.empty()) return;
  for (const Backend& backend : pool.backends) {
    const auto* fixed = std::get_if<BackendAddress>(&backend.where);
    if (fixed == nullptr || !fixed->address.is_unix()) continue;
    at.reading().problems.add(
        backend.place, at.path() + ".tls",
        fmt::format("{} is a socket without a name that a certificate could be for; add sni", fixed->address.text()));
  }
}

void list_pool_tls_keys(KeyList& out) {
  out.add(kTlsKeys);
}

}  // namespace headgate::config::sections::tls
