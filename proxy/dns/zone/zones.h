#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "config/files.h"
#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::zone {

/// A zone, and what it was made of.
struct LoadedZone {
  std::shared_ptr<const config::DnsZone> settings;  ///< of the configuration that it is now served by
  std::vector<std::size_t> pools;            ///< of its geo names, in their order: their indexes in Config::pools
  config::FileMark mark;                     ///< of its file; none: all zero
  config::FileMark key_mark;                 ///< of its keys' file; not signed: all zero
  std::optional<std::uint32_t> file_serial;  ///< of its file's SOA record
  std::shared_ptr<Serial> serial;
  std::shared_ptr<const Zone> zone;
};

/// Makes one zone, Config::dns.zones[index], reading its file if it has one. Touches nothing that runs, and may be
/// called by any thread. `serial` is the zone's; null: it is new.
base::Result<LoadedZone> load_zone(const std::shared_ptr<const config::Config>& config, std::size_t index,
                                   std::shared_ptr<Serial> serial, base::WallTime now);

/// Its files are as they were when they were read.
bool is_current(const LoadedZone& zone);

/// The zones that are answered by, by name: a reload of the configuration makes none anew that has not changed, and
/// serials go on. Belongs to the control thread.
class Zones {
 public:
  /// All of a configuration's, in its order; the Error is that of the first that cannot be made. Nothing changes that
  /// runs.
  base::Result<std::vector<LoadedZone>> load(const std::shared_ptr<const config::Config>& config,
                                             base::WallTime now) const;
  /// These are answered by from now on, and those alone: the serials of those that are not the ones from before move
  /// on.
  void adopt(const std::vector<LoadedZone>& zones, base::WallTime now);
  /// One in place of that with its name.
  void adopt(const LoadedZone& zone, base::WallTime now);
  /// Health has changed, or where regions are reached: other addresses may be answered for geo names.
  void note_regions(base::WallTime now);

 private:
  std::map<std::string, LoadedZone> kept_;
};

}  // namespace headgate::proxy::dns::zone
