#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "config/disk_copy.h"
#include "config/load.h"
#include "health/wish.h"
#include "net/task.h"
#include "proxy/admin/upgrade_outcome.h"
#include "proxy/cache/purge/book.h"
#include "proxy/message/connection_row.h"
#include "proxy/regions/region_keeper.h"

namespace headgate::proxy::admin {

/// What became of one reload.
struct ReloadOutcome {
  bool accepted = false;
  std::string message;                       ///< for people: "reloaded", or everything that is wrong
  std::optional<config::Problems> problems;  ///< if the file is wrong; absent for what fails in taking it over
  base::Duration took{0};
};

struct LogLevelRow {
  base::LogLevel level = base::LogLevel::kInfo;       ///< in force
  base::LogLevel configured = base::LogLevel::kInfo;  ///< by the file
  std::optional<base::Duration> left;                 ///< until the configured one is back; absent: no time was given
};

/// Connections of clients, of all workers that answered.
struct Connections {
  std::vector<message::ConnectionRow> rows;  ///< at most the limit; those with a request under way first
  std::uint64_t total = 0;                   ///< that match, shown or not
  std::vector<std::size_t> silent_workers;
};

/// What the API asks the daemon to do. On the control thread; a task that is destroyed before it is done only stops
/// waiting, and what was asked for goes on.
class Actions {
 public:
  virtual ~Actions() = default;

  /// Reads the file anew and takes it over, or refuses it. The outcome is that of a reload that began after the call.
  virtual net::Task<ReloadOutcome> reload() = 0;
  /// Hands everything over to a new process of the binary on disk. kUnavailable: one is under way.
  virtual net::Task<base::Result<UpgradeOutcome>> upgrade() = 0;
  /// Drains and ends. How long that may take at most.
  virtual base::Duration stop() = 0;

  virtual net::Task<Connections> connections(message::ConnectionQuery query) = 0;

  /// Purges from the cache of that name. In force in all its tiers when it is called; the task is whether a restart
  /// keeps it so, which is no question without a disk.
  virtual net::Task<bool> purge(std::string_view cache, std::vector<cache::purge::Purge> purges) = 0;

  virtual health::WishOutcome wish(std::string_view pool, std::string_view backend, const health::Wish& wish) = 0;

  /// Drains a region, or lets it go on. DNS and the next choice of every worker follow before this returns.
  virtual regions::WishOutcome wish_region(std::string_view region, bool drain, std::string_view why) = 0;

  virtual LogLevelRow log_level() const = 0;
  /// Until `length` is over, whatever is reloaded meanwhile; without one until the next reload.
  virtual void set_log_level(base::LogLevel level, std::optional<base::Duration> length) = 0;

  /// The file as it lies on the disk now.
  virtual const config::DiskCopy& look_at_disk() = 0;
};

}  // namespace headgate::proxy::admin
