#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::sticky::upkeep {

/// The sessions that pools keep in tables, by pool. They outlive reloads, and the process where there is a state
/// directory. Belongs to the control thread.
class SessionTables {
 public:
  explicit SessionTables(base::Log& log) : log_(log) {}

  /// The tables are those of this configuration from now on. What is kept on the disk is taken up; where that cannot
  /// be, the log says why and the table is one of memory alone.
  void apply(const config::Config& config);
  /// Null: that pool has none.
  std::shared_ptr<table::Store> of(const std::string& pool) const;
  /// Everything is on the disk, and another process may take it up.
  void close();

 private:
  struct Kept {
    config::StickyTable settings;
    std::string folder;  // empty: none
    std::shared_ptr<table::Store> store;
  };
  /// `before` is the pool's table so far; null: none.
  Kept open(const config::Pool& pool, const config::StickyTable& settings, const std::string& folder,
            const table::Store* before);

  base::Log& log_;
  std::map<std::string, Kept> kept_;
};

}  // namespace headgate::proxy::sticky::upkeep
