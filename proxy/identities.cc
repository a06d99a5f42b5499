#include "proxy/identities.h"

#include <algorithm>

#include "base/random.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/geo/compiled.h"

namespace headgate::proxy {
namespace {

template <class T, class Make>
std::shared_ptr<T> found_or_made(std::map<std::string, std::shared_ptr<T>>& known, const std::string& name, Make make) {
  std::shared_ptr<T>& entry = known[name];
  if (!entry) entry = make();
  return entry;
}

}  // namespace

std::shared_ptr<listener::ListenerShare> Identities::listener(const std::string& name) {
  return found_or_made(listeners_, name, [this] { return std::make_shared<listener::ListenerShare>(workers_); });
}

std::shared_ptr<base::PerWorker<http::RouteCounters>> Identities::route(const std::string& name) {
  return found_or_made(routes_, name,
                       [this] { return std::make_shared<base::PerWorker<http::RouteCounters>>(workers_); });
}

std::shared_ptr<base::PerWorker<compression::Counters>> Identities::compression(const std::string& route) {
  return found_or_made(compressions_, route,
                       [this] { return std::make_shared<base::PerWorker<compression::Counters>>(workers_); });
}

std::shared_ptr<base::PerWorker<cache::stage::Counters>> Identities::cache_counters(const std::string& route) {
  return found_or_made(cache_counters_, route,
                       [this] { return std::make_shared<base::PerWorker<cache::stage::Counters>>(workers_); });
}

base::Result<std::shared_ptr<cache::stage::Store>> Identities::cache_store(const config::CacheStore& settings) {
  if (!post_) return std::shared_ptr<cache::stage::Store>();
  const auto [first, last] = cache_stores_.equal_range(settings.name);
  for (auto each = first; each != last; ++each) {
    if (each->second->has_size(settings)) return each->second;
  }
  auto opened = cache::stage::Store::open(settings, workers_, base::entropy_seed(), post_, log_);
  if (opened) cache_stores_.emplace(settings.name, *opened);
  return opened;
}

std::shared_ptr<balance::Pool> Identities::pool(const std::string& name) {
  return found_or_made(pools_, name, [&] { return std::make_shared<balance::Pool>(name, workers_, wake_worker_); });
}

std::shared_ptr<route::RateLimiter> Identities::limiter(const std::string& route, const config::RateLimit& settings) {
  const auto [first, last] = limiters_.equal_range(route);
  for (auto each = first; each != last; ++each) {
    if (each->second->has_settings(settings)) return each->second;
  }
  return limiters_.emplace(route, std::make_shared<route::RateLimiter>(settings, seed_))->second;
}

std::shared_ptr<base::PerWorker<origin::mirror::Counters>> Identities::mirror_counters(const std::string& route) {
  return found_or_made(mirror_counters_, route,
                       [this] { return std::make_shared<base::PerWorker<origin::mirror::Counters>>(workers_); });
}

std::shared_ptr<origin::pools::WritePins> Identities::pins(const std::string& route) {
  std::shared_ptr<origin::pools::WritePins>& pins = pins_[route];
  if (pins == nullptr) pins = std::make_shared<origin::pools::WritePins>();
  return pins;
}

base::Result<Identities::Geo> Identities::geo(const config::Config& config) {
  Geo out;
  if (config.geo == config::Geo()) return out;
  base::Result<std::vector<geo::LoadedDatabase>> loaded = databases_.load(config.geo.databases);
  if (!loaded) return base::Error{loaded.error().kind, loaded.error().fault, "geoip: " + loaded.error().message};
  if (lookups_ == nullptr) lookups_ = std::make_shared<base::PerWorker<geo::LookupCounters>>(workers_);
  auto atlas = std::make_shared<const geoip::Atlas>(geo::all_of(*loaded), geo::regions_of(config));
  geo::CountersByRegion by_region;
  for (std::size_t i = 0; i < atlas->regions().size(); ++i) {
    const std::string name(atlas->regions().name_of(static_cast<geoip::RegionIndex>(i)));
    by_region.push_back(found_or_made(
        region_counters_, name, [this] { return std::make_shared<base::PerWorker<geo::RegionCounters>>(workers_); }));
  }
  out.atlas = std::make_shared<geo::AtlasShare>(std::move(atlas), lookups_, std::move(by_region));
  out.databases = std::move(*loaded);
  return out;
}

std::shared_ptr<const sticky::Keyring> Identities::pin_keys(const config::Config& config) const {
  const bool has_own = !config.geo.pin->keys_file.empty();
  const std::shared_ptr<const sticky::Keyring>& kept = has_own ? pin_keys_.of_pins : pin_keys_.of_sticky_cookies;
  if (kept != nullptr) return kept;
  config::StickyKeys keys = has_own ? config.geo.pin->keys : config.sticky_keys;
  if (keys.empty()) keys.push_back(sticky::make_key());
  return std::make_shared<const sticky::Keyring>(std::move(keys));
}

void Identities::close_disks_but(const std::vector<std::shared_ptr<cache::stage::Store>>& kept) {
  for (const auto& [name, store] : cache_stores_) {
    if (store->disk() != nullptr && std::ranges::find(kept, store) == kept.end()) store->disk()->close();
  }
}

void Identities::end_disks() {
  for (const auto& [name, store] : cache_stores_) {
    if (store->disk() != nullptr) store->disk()->end();
  }
}

void Identities::forget_unused() {
  const auto is_unused = [](const auto& entry) { return entry.second.use_count() == 1; };
  std::erase_if(listeners_, is_unused);
  std::erase_if(routes_, is_unused);
  std::erase_if(compressions_, is_unused);
  std::erase_if(cache_counters_, is_unused);
  std::erase_if(cache_stores_, is_unused);
  std::erase_if(pools_, is_unused);
  std::erase_if(limiters_, is_unused);
  std::erase_if(pins_, is_unused);
  std::erase_if(mirror_counters_, is_unused);
  std::erase_if(region_counters_, is_unused);
  dns_.forget_unused();
  databases_.forget_unused();
}

}  // namespace headgate::proxy
