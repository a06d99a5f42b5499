#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/geo/databases.h"

namespace headgate::proxy::geo {

/// One database as an operator sees it.
struct KeptDatabase {
  LoadedDatabase loaded;
  base::WallTime loaded_at;
  std::string error;  ///< why a newer file is not used; empty: there is none, or it is
};

/// Keeps databases as they stand in the files: looks at them every kLookEvery and, when one has changed and stays so
/// for another look, reads it on a thread of its own. A file that cannot be used leaves the database as it is. Belongs
/// to the control thread.
class AtlasKeeper {
 public:
  struct Told {
    /// A file was read anew, for whoever keeps databases over reloads.
    std::function<void(const LoadedDatabase& loaded)> loaded;
    /// Something that an operator should know: a sentence, and whether it is bad news.
    std::function<void(const std::string& text, bool is_bad)> happened;
  };
  AtlasKeeper(net::Loop& loop, Told told) : loop_(loop), told_(std::move(told)) {}
  ~AtlasKeeper();

  /// From now on this is the Atlas, with these databases in this order; null and none: there is none.
  void follow(std::shared_ptr<AtlasShare> share, const std::vector<LoadedDatabase>& databases);
  /// Looks at the files again and again.
  net::Task<void> watch();

  const std::vector<KeptDatabase>& databases() const { return databases_; }

  static constexpr base::Duration kLookEvery = std::chrono::seconds(1);

 private:
  /// A file that is being read.
  struct Reading {
    LoadedDatabase wanted;  // without a database yet
    std::optional<base::Result<std::shared_ptr<const geoip::Database>>> read;
    std::atomic<bool> is_done{false};
    std::thread thread;
  };
  struct Watched {
    config::FileMark seen;    // at the last look
    config::FileMark judged;  // that was read, or could not be
  };
  void look();
  void begin_reading(const std::string& file, const config::FileMark& mark);
  void take_what_was_read();
  void use(KeptDatabase& kept, LoadedDatabase loaded);

  net::Loop& loop_;
  Told told_;
  std::shared_ptr<AtlasShare> share_;
  std::vector<KeptDatabase> databases_;
  std::vector<Watched> watched_;  // as databases_
  std::unique_ptr<Reading> reading_;
};

}  // namespace headgate::proxy::geo
