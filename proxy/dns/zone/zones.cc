#include "proxy/dns/zone/zones.h"

#include <algorithm>
#include <utility>

#include "proxy/dns/zone/compile.h"

namespace headgate::proxy::dns::zone {
namespace {

/// A zone is the same wherever it stands in the file.
config::DnsZone without_places(config::DnsZone zone) {
  zone.place = {};
  for (config::DnsName& name : zone.names) name.place = {};
  return zone;
}

std::vector<std::size_t> pools_of(const config::Config& config, const config::DnsZone& zone) {
  std::vector<std::size_t> out;
  for (const config::DnsName& name : zone.names) {
    if (name.pool.empty()) continue;
    const auto pool = std::ranges::find(config.pools, name.pool, &config::Pool::name);
    out.push_back(static_cast<std::size_t>(pool - config.pools.begin()));
  }
  return out;
}

/// All zero where there is to be no file.
config::FileMark mark_of_any(const std::string& path) {
  return path.empty() ? config::FileMark() : config::mark_of(path);
}

base::WallTime time_of(const config::FileMark& mark) {
  return base::WallTime(
      std::chrono::duration_cast<base::WallTime::duration>(std::chrono::nanoseconds(mark.modified_ns)));
}

}  // namespace

base::Result<LoadedZone> load_zone(const std::shared_ptr<const config::Config>& config, std::size_t index,
                                   std::shared_ptr<Serial> serial, base::WallTime now) {
  const config::DnsZone& settings = config->dns.zones[index];
  LoadedZone out;
  out.settings = {config, &settings};
  out.pools = pools_of(*config, settings);
  out.serial = serial ? std::move(serial) : std::make_shared<Serial>(now);
  std::optional<ReadFile> file;
  if (!settings.file.empty()) {
    base::Result<ReadFile> read = read_file_of(settings);
    if (!read) return read.error();
    file = std::move(*read);
    out.mark = file->mark;
    if (file->contents.start) out.file_serial = file->contents.start->serial;
  }
  out.key_mark = mark_of_any(settings.dnssec_key);
  base::Result<std::shared_ptr<const keys::Keys>> keys = read_keys_of(settings);
  if (!keys) return keys.error();
  base::Result<std::shared_ptr<const Zone>> zone =
      compile_zone(*config, settings, file ? &*file : nullptr, std::move(*keys), out.serial);
  if (!zone) return zone.error();
  out.zone = std::move(*zone);
  return out;
}

bool is_current(const LoadedZone& zone) {
  return zone.mark == mark_of_any(zone.settings->file) && zone.key_mark == mark_of_any(zone.settings->dnssec_key);
}

base::Result<std::vector<LoadedZone>> Zones::load(const std::shared_ptr<const config::Config>& config,
                                                  base::WallTime now) const {
  std::vector<LoadedZone> out;
  for (std::size_t i = 0; i < config->dns.zones.size(); ++i) {
    const config::DnsZone& settings = config->dns.zones[i];
    const auto before = kept_.find(settings.name);
    const bool is_known = before != kept_.end();
    if (is_known && without_places(*before->second.settings) == without_places(settings) &&
        before->second.pools == pools_of(*config, settings) && is_current(before->second)) {
      out.push_back(before->second);
      out.back().settings = {config, &settings};  // so that the configuration of before can go
      continue;
    }
    base::Result<LoadedZone> loaded = load_zone(config, i, is_known ? before->second.serial : nullptr, now);
    if (!loaded) return loaded.error();
    out.push_back(std::move(*loaded));
  }
  return out;
}

void Zones::adopt(const LoadedZone& zone, base::WallTime now) {
  LoadedZone& kept = kept_[zone.settings->name];
  const bool is_new = kept.zone == nullptr;
  const bool is_changed = kept.zone != zone.zone;
  kept = zone;
  if (is_changed && !is_new) kept.serial->move_on(now);
  if (is_changed && kept.file_serial) kept.serial->stay_above(*kept.file_serial, time_of(kept.mark), now);
}

void Zones::adopt(const std::vector<LoadedZone>& zones, base::WallTime now) {
  std::map<std::string, LoadedZone> before = std::exchange(kept_, {});
  for (const LoadedZone& zone : zones) {
    if (const auto known = before.find(zone.settings->name); known != before.end()) {
      kept_.insert(before.extract(known));
    }
    adopt(zone, now);
  }
}

void Zones::note_regions(base::WallTime now) {
  for (auto& [name, kept] : kept_) {
    if (kept.zone->has_geo_names()) kept.serial->move_on(now);
  }
}

}  // namespace headgate::proxy::dns::zone
