#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/files.h"
#include "geoip/database.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::proxy::geo {

/// A file, as it was when it was read.
struct LoadedDatabase {
  std::string file;
  config::FileMark mark;
  std::shared_ptr<const geoip::Database> database;
};

/// The databases themselves, in the same order.
std::vector<std::shared_ptr<const geoip::Database>> all_of(const std::vector<LoadedDatabase>& loaded);

/// The databases that are in use, by file: a reload of the configuration reads none again that has not changed. Belongs
/// to the control thread.
class Databases {
 public:
  /// All of `files`, read where that is needed, which takes a while; the Error is that of the first that cannot be
  /// used.
  base::Result<std::vector<LoadedDatabase>> load(const std::vector<std::string>& files);
  /// Reads those of `files` that load() would have to read, on a thread of its own, for which the loop does not wait;
  /// the caller does. Called off in the middle, it waits for the thread. What this has read is in use from load() on,
  /// which reads again what has changed since.
  net::Task<base::Result<void>> read_ahead(net::Loop& loop, std::vector<std::string> files);
  /// What was read elsewhere.
  void take(LoadedDatabase loaded) { loaded_[loaded.file] = std::move(loaded); }
  /// Lets go of those that nobody else holds.
  void forget_unused();

 private:
  struct Reading;
  bool has(const std::string& file, const config::FileMark& mark) const;

  std::map<std::string, LoadedDatabase> loaded_;
};

}  // namespace headgate::proxy::geo
