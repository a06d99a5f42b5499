#include "config/certificates/credentials.h"

#include <fmt/core.h>

#include "config/files.h"
#include "config/load.h"

namespace headgate::config::certificates {
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

}  // namespace headgate::config::certificates

namespace headgate::config {
namespace {

std::string day_of(base::WallTime time) {
  return base::civil_time(time).substr(0, 10);
}

void add_warnings(std::vector<std::string>& out, const std::string& whose, const TlsCertificate& each,
                  base::WallTime now) {
  const std::string where = fmt::format("{} (line {}): ", whose, each.place.line);
  const std::optional<std::string> times = validity_warning(each.not_before, each.not_after, now);
  if (times) out.push_back(where + each.cert + " " + *times);
  if (!each.key_is_open) return;
  out.push_back(fmt::format("{}{} can be read by every user of this machine; chmod o= {}", where, each.key, each.key));
}

}  // namespace

std::optional<std::string> validity_warning(base::WallTime not_before, base::WallTime not_after, base::WallTime now) {
  if (now >= not_after) return "expired on " + day_of(not_after);
  if (now < not_before) return "is not valid before " + base::civil_time(not_before) + " UTC";
  if (not_after - now > kExpiresSoon) return std::nullopt;
  const auto days = std::chrono::floor<std::chrono::days>(not_after - now).count();
  return fmt::format("expires on {}, in {} {}", day_of(not_after), days, days == 1 ? "day" : "days");
}

std::vector<std::string> tls_warnings(const Config& config, base::WallTime now) {
  std::vector<std::string> out;
  for (const Listener& listener : config.listeners) {
    if (!listener.tls) continue;
    for (const TlsCertificate& each : listener.tls->certificates)
      add_warnings(out, "listener " + listener.name, each, now);
  }
  for (const Pool& pool : config.pools) {
    if (!pool.tls) continue;
    if (!pool.tls->verify) {
      out.push_back(fmt::format("pool {} (line {}): verify is false: whoever stands between can be the backend",
                                pool.name, pool.tls->place.line));
    }
    if (pool.tls->certificate) add_warnings(out, "pool " + pool.name, *pool.tls->certificate, now);
  }
  return out;
}

}  // namespace headgate::config
