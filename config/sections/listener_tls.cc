#include <fmt/core.h>

#include <algorithm>

#include "base/x509/credential.h"
#include "base/x509/ocsp.h"
#include "config/files.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

using base::x509::Credential;

constexpr std::uint32_t kSessionCacheMax = 1'000'000;
constexpr Range<Duration> kSessionLifetimeRange = {1min, 7 * 24h};  // RFC 8446 section 4.6.1: no longer than 7 days

std::optional<std::string> read_path(const Reader& at) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  if (written.empty()) return std::nullopt;
  return absolute_path(at.reading().folder, written);
}

/// A certificate's files while their map is read.
struct CertificateDraft {
  TlsCertificate certificate;
  std::optional<std::string> cert_pem;
  std::optional<std::string> key_pem;
  std::optional<std::string> ocsp_der;
};

std::optional<std::string> read_pem_at(const Reader& at, std::string& path, bool* is_open = nullptr) {
  const std::optional<std::string> found = read_path(at);
  if (!found) return std::nullopt;
  path = *found;
  base::Result<std::string> text = read_pem(path, is_open);
  if (text) return *text;
  at.problem(text.error().message);
  return std::nullopt;
}

/// A file, or the word that asks for none. (A file of that name is ./fetch.)
void read_ocsp(const Reader& at, CertificateDraft& out) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  out.certificate.ocsp_is_fetched = written == "fetch";
  if (!out.certificate.ocsp_is_fetched) out.ocsp_der = read_pem_at(at, out.certificate.ocsp);
}

/// What a certificate must say so that its OCSP response can be fetched.
base::Result<void> check_fetching(const Credential& credential) {
  const auto responder = base::x509::ocsp_responder_of(credential);
  if (!responder) return responder.error();
  const auto question = base::x509::ocsp_question(credential);
  if (!question) return question.error();
  return {};
}

constexpr Key<CertificateDraft> kCertificateKeys[] = {
    {"cert", [](const Reader& at, CertificateDraft& out) { out.cert_pem = read_pem_at(at, out.certificate.cert); },
     Presence::kRequired},
    {"key",
     [](const Reader& at, CertificateDraft& out) {
       out.key_pem = read_pem_at(at, out.certificate.key, &out.certificate.key_is_open);
     },
     Presence::kRequired},
    {"ocsp", read_ocsp},
};

void read_certificate(const Reader& at, ListenerTls& out) {
  CertificateDraft draft;
  draft.certificate.place = at.place();
  const bool is_sound = read_map(at, kCertificateKeys, draft);
  if (!is_sound || !draft.cert_pem || !draft.key_pem) return;
  const base::Result<std::shared_ptr<const Credential>> parsed = Credential::parse(*draft.cert_pem, *draft.key_pem);
  if (!parsed) {
    return at.problem(
        fmt::format("{} with {}: {}", draft.certificate.cert, draft.certificate.key, parsed.error().message));
  }
  const Credential& credential = **parsed;
  if (credential.not_after() <= credential.not_before()) {
    return at.problem(draft.certificate.cert + " is never valid: it ends before it begins");
  }
  if (draft.ocsp_der) {
    const base::Result<base::x509::OcspResponse> response = base::x509::parse_ocsp(*draft.ocsp_der, credential);
    if (!response) return at.problem(draft.certificate.ocsp + " " + response.error().message);
    if (!response->is_good) return at.problem(draft.certificate.ocsp + " says that the certificate is revoked");
  }
  if (draft.certificate.ocsp_is_fetched) {
    const base::Result<void> possible = check_fetching(credential);
    if (!possible) return at.problem(draft.certificate.cert + " " + possible.error().message);
  }
  draft.certificate.names = credential.names();
  draft.certificate.not_before = credential.not_before();
  draft.certificate.not_after = credential.not_after();
  out.certificates.push_back(std::move(draft.certificate));
}

void read_version(const Reader& at, TlsVersion& out) {
  at.word(out, {{"1.2", TlsVersion::k12}, {"1.3", TlsVersion::k13}});
}

void read_alpn(const Reader& at, ListenerTls& out) {
  constexpr std::string_view kSpoken[] = {"h2", "http/1.1"};
  out.alpn.clear();
  at.each_value([&](const Reader& one) {
    std::string name;
    one.text(name, {1, 255});
    if (name.empty()) return;
    if (std::find(std::begin(kSpoken), std::end(kSpoken), name) == std::end(kSpoken)) {
      return one.expected_one_of(name, kSpoken);
    }
    if (std::find(out.alpn.begin(), out.alpn.end(), name) != out.alpn.end()) return one.problem("is given twice");
    out.alpn.push_back(std::move(name));
  });
}

void read_client_ca(const Reader& at, ListenerTls& out) {
  const std::optional<std::string> pem = read_pem_at(at, out.client_ca);
  if (!pem) return;
  const auto certificates = base::x509::read_certificates(*pem);
  if (!certificates) at.problem(out.client_ca + ": " + certificates.error().message);
}

/// `tls` while its map is read.
struct TlsDraft {
  ListenerTls tls;
  std::optional<Mention> client_verify;
};

constexpr Key<TlsDraft> kTlsKeys[] = {
    {"certificates",
     [](const Reader& at, TlsDraft& out) { at.each_value([&](const Reader& one) { read_certificate(one, out.tls); }); },
     Presence::kRequired, [](KeyList& out) { out.add_under("[]", kCertificateKeys); }},
    {"min_version", [](const Reader& at, TlsDraft& out) { read_version(at, out.tls.min_version); }},
    {"max_version", [](const Reader& at, TlsDraft& out) { read_version(at, out.tls.max_version); }},
    {"ciphers", [](const Reader& at, TlsDraft& out) { at.text(out.tls.ciphers, {1, kFilePathBytesMax}); }},
    {"alpn", [](const Reader& at, TlsDraft& out) { read_alpn(at, out.tls); }},
    {"session_tickets", [](const Reader& at, TlsDraft& out) { at.boolean(out.tls.session_tickets); }},
    {"session_cache", [](const Reader& at, TlsDraft& out) { at.number(out.tls.session_cache, {0, kSessionCacheMax}); }},
    {"session_lifetime",
     [](const Reader& at, TlsDraft& out) { at.duration(out.tls.session_lifetime, kSessionLifetimeRange); }},
    {"client_ca", [](const Reader& at, TlsDraft& out) { read_client_ca(at, out.tls); }},
    {"client_verify",
     [](const Reader& at, TlsDraft& out) {
       at.word(out.tls.client_is_required, {{"required", true}, {"optional", false}});
       out.client_verify = at.mention("client_verify");
     }},
};

}  // namespace

void read_listener_tls(const Reader& at, Listener& out) {
  TlsDraft draft;
  const bool is_sound = read_map(at, kTlsKeys, draft);
  if (is_sound && draft.tls.min_version > draft.tls.max_version) at.problem("min_version is above max_version");
  if (draft.client_verify && draft.tls.client_ca.empty()) {
    at.reading().problems.add(draft.client_verify->place, draft.client_verify->path,
                              "says how clients are verified, and client_ca, by whom, is missing");
  }
  out.tls = std::move(draft.tls);
}

void list_listener_tls_keys(KeyList& out) {
  out.add(kTlsKeys);
}

}  // namespace headgate::config::sections
