#include "proxy/dns/server/identities.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/files/file_io.h"
#include "base/random.h"

namespace headgate::proxy::dns::server {
namespace {

/// Networks of askers that are remembered, each with up to three kinds of answers.
constexpr std::uint32_t kRateEntries = 65536;
constexpr std::string_view kHexDigits = "0123456789abcdef";

Cookies::Secret new_secret() {
  Cookies::Secret out;
  for (std::size_t at = 0; at < out.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = base::entropy_seed();
    std::memcpy(out.data() + at, &word, sizeof word);
  }
  return out;
}

std::string text_of(const Cookies::Secret& secret) {
  std::string out;
  for (const std::uint8_t byte : secret) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out + "\n";
}

std::optional<Cookies::Secret> secret_in(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  Cookies::Secret out{};
  if (text.size() != out.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kHexDigits.find(base::to_lower(text[i]));
    if (digit == std::string_view::npos) return std::nullopt;
    out[i / 2] = static_cast<std::uint8_t>(unsigned{out[i / 2]} << 4 | digit);
  }
  return out;
}

base::Result<Cookies::Secret> kept_secret(const std::string& path) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file) {
    const base::Result<std::string> text = base::files::read_whole(file.get(), path);
    if (!text) return text.error();
    if (const std::optional<Cookies::Secret> secret = secret_in(*text)) return *secret;
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("{}: this is no secret of cookies, which is 32 hexadecimal digits; without the file "
                                   "headgate makes one",
                                   path)};
  }
  if (errno != ENOENT) return base::system_error(errno, "read " + path);
  const Cookies::Secret made = new_secret();
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);  // or writing says why not
  const base::Result<base::OwnedFd> written = base::files::replace_file(path, text_of(made), 0600);
  if (!written) return written.error();
  return made;
}

template <class T>
std::shared_ptr<base::PerWorker<T>> found_or_made(std::map<std::string, std::shared_ptr<base::PerWorker<T>>>& known,
                                                  const std::string& name, std::size_t workers) {
  std::shared_ptr<base::PerWorker<T>>& entry = known[name];
  if (!entry) entry = std::make_shared<base::PerWorker<T>>(workers);
  return entry;
}

/// A TXT record's: one string (RFC 1035 section 3.3.14).
std::string version_data(const std::string& version) {
  if (version.empty()) return {};
  const std::string text = version.substr(0, UINT8_MAX);
  return static_cast<char>(text.size()) + text;
}

}  // namespace

Identities::Identities(std::size_t workers, std::uint64_t seed, Files files)
    : workers_(workers), seed_(seed), files_(files), last_resort_(std::make_shared<Repeated>()) {}

base::Result<Cookies::Secret> Identities::secret_of(const config::Config& config) {
  const bool is_kept = files_ == Files::kKept && !config.state_directory.empty();
  const std::string path = is_kept ? config.state_directory + "/" + kSecretFile : std::string();
  if (secret_ && path == secret_path_) return *secret_;
  base::Result<Cookies::Secret> secret = is_kept ? kept_secret(path) : base::Result<Cookies::Secret>(new_secret());
  if (!secret) return secret;
  secret_ = *secret;
  secret_path_ = path;
  return secret;
}

std::shared_ptr<route::RateLimiter> Identities::limiter_of(const config::Dns& dns) {
  if (dns.responses_per_second <= 0) return nullptr;
  config::RateLimit settings;
  settings.per_second = dns.responses_per_second;
  settings.burst = static_cast<std::uint32_t>(std::clamp(std::ceil(dns.responses_per_second), 1.0, 1e9));
  settings.clients = kRateEntries;
  if (!limiter_ || !limiter_->has_settings(settings)) limiter_ = std::make_shared<route::RateLimiter>(settings, seed_);
  return limiter_;
}

base::Result<std::shared_ptr<const Site>> Identities::site_of(std::shared_ptr<const config::Config> config,
                                                              std::size_t index, Parts parts) {
  const base::Result<Cookies::Secret> secret = secret_of(*config);
  if (!secret) return secret.error();
  const config::Listener& listener = config->listeners[index];
  // Aliases into the whole, which they keep alive.
  auto site = std::make_shared<Site>(Site{
      .settings = std::shared_ptr<const config::Listener>(config, &listener),
      .dns = std::shared_ptr<const config::Dns>(config, &config->dns),
      .zones = std::make_shared<ZonesShare>(std::make_shared<const ZoneIndex>(std::move(parts.zones))),
      .atlas = std::move(parts.atlas),
      .regions = std::move(parts.regions),
      .cookies = Cookies(*secret),
      .limiter = limiter_of(config->dns),
      .limiter_seed = seed_,
      .counters = found_or_made(listeners_, listener.name, workers_),
      .region_counters = {},
      .version_data = version_data(config->dns.version),
      .last_resort = last_resort_,
  });
  const std::size_t regions = site->atlas ? site->atlas->regions().size() : 0;
  for (std::size_t i = 0; i < regions; ++i) {
    const std::string name(site->atlas->regions().name_of(static_cast<geoip::RegionIndex>(i)));
    site->region_counters.push_back(found_or_made(regions_, name, workers_));
  }
  site->region_counters.push_back(found_or_made(regions_, std::string(), workers_));
  return std::shared_ptr<const Site>(std::move(site));
}

void Identities::forget_unused() {
  std::erase_if(listeners_, [](const auto& entry) { return entry.second.use_count() == 1; });
  std::erase_if(regions_, [](const auto& entry) { return entry.second.use_count() == 1; });
  if (limiter_.use_count() == 1) limiter_.reset();
}

}  // namespace headgate::proxy::dns::server
