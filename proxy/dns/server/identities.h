#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "proxy/dns/server/site.h"
#include "proxy/dns/zone/zones.h"

namespace headgate::proxy::dns::server {

/// What outlives a reload of dns listeners: counters, by the names of listeners and regions, who is over the rate, and
/// the secret that cookies are made with. Belongs to the control thread. What no configuration names any more lives on
/// while somebody holds it.
class Identities {
 public:
  enum class Files : bool { kNone, kKept };
  /// Without files nothing is read from the state directory or written there: a configuration is only looked at.
  Identities(std::size_t workers, std::uint64_t seed, Files files);

  /// What listener `index`, one of protocol: dns, is compiled with beside its own settings.
  struct Parts {
    std::vector<std::shared_ptr<const zone::Zone>> zones;  ///< the listener's
    std::shared_ptr<geo::AtlasShare> atlas;
    std::shared_ptr<regions::RegionsShare> regions;
  };
  /// An error: the state directory cannot keep the secret.
  base::Result<std::shared_ptr<const Site>> site_of(std::shared_ptr<const config::Config> config, std::size_t index,
                                                    Parts parts);

  void forget_unused();
  /// The zones that are answered by, and their serials.
  zone::Zones& zones() { return zones_; }

  /// Of every region that may be answered with.
  const CountersByRegion& regions() const { return regions_; }

  /// The secret's file in the state directory: 32 hexadecimal digits, which instances may share.
  static constexpr const char* kSecretFile = "dns-cookie-secret";

 private:
  base::Result<Cookies::Secret> secret_of(const config::Config& config);
  std::shared_ptr<route::RateLimiter> limiter_of(const config::Dns& dns);

  std::size_t workers_;
  std::uint64_t seed_;
  Files files_;
  zone::Zones zones_;
  std::map<std::string, std::shared_ptr<base::PerWorker<Counters>>> listeners_;
  CountersByRegion regions_;
  std::shared_ptr<route::RateLimiter> limiter_;
  std::shared_ptr<Repeated> last_resort_;
  std::string secret_path_;  // that `secret_` is of; empty: it is the process's own
  std::optional<Cookies::Secret> secret_;
};

}  // namespace headgate::proxy::dns::server
