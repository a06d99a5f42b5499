#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/dns/server/zones_share.h"
#include "proxy/dns/zone/zones.h"
#include "proxy/regions/regions_share.h"

namespace headgate::proxy::dns::upkeep {

/// One zone as an operator sees it.
struct KeptZone {
  zone::LoadedZone loaded;
  base::WallTime loaded_at;
  std::string error;  ///< why newer files are not used; empty: there are none, or they are
};

/// A dns listener, by what its workers follow.
struct Answered {
  std::shared_ptr<server::ZonesShare> share;
  std::vector<std::string> zones;  ///< names
};

/// Keeps zones as their files are, zone files and keys: looks at them every kLookEvery and, when one has changed and
/// stays so, makes the zone anew on a thread of its own. One that another was put in the place of need only stay so for
/// another look, and one that is written over for kStillFor. Files that cannot be used leave the zone as it is. Moves
/// the serials of geo names' zones on when health has changed. Belongs to the control thread.
class ZoneKeeper {
 public:
  /// Something that an operator should know: a sentence, and whether it is bad news.
  using Happened = std::function<void(const std::string& text, bool is_bad)>;
  /// `zones` outlives this.
  ZoneKeeper(net::Loop& loop, zone::Zones& zones, Happened happened)
      : loop_(loop), zones_(zones), happened_(std::move(happened)) {}
  ~ZoneKeeper();

  /// From now on these are the zones, as Config::dns.zones, and these the listeners; they are answered by from now on.
  /// `regions` may be null: there are none.
  void follow(std::shared_ptr<const config::Config> config, const std::vector<zone::LoadedZone>& loaded,
              std::vector<Answered> listeners, std::shared_ptr<regions::RegionsShare> regions);
  /// Looks at the files again and again.
  net::Task<void> watch();

  const std::vector<KeptZone>& zones() const { return kept_; }

  static constexpr base::Duration kLookEvery = std::chrono::milliseconds(250);
  static constexpr base::Duration kStillFor = std::chrono::seconds(1);
  /// More zones than that are looked at by turns, each of them once in four looks at least: asking for a thousand files
  /// costs a millisecond or two.
  static constexpr std::size_t kZonesPerLook = 128;

 private:
  /// Files of a zone that are being read.
  struct Reading {
    std::shared_ptr<const config::Config> config;
    std::size_t index = 0;
    std::shared_ptr<zone::Serial> serial;
    std::optional<base::Result<zone::LoadedZone>> read;
    std::atomic<bool> is_done{false};
    std::thread thread;
  };
  struct Marks {
    config::FileMark file;
    config::FileMark key;
    friend bool operator==(const Marks&, const Marks&) = default;
  };
  struct Watched {
    Marks seen;             // at the last look
    Marks judged;           // that were read, or could not be
    base::Time since;       // when what was seen was seen first
    bool is_whole = false;  // others stand in the place of what was there before, by a rename most likely
  };
  static Marks marks_of(const config::DnsZone& zone);
  void look();
  void look_at(std::size_t index);
  void begin_reading(std::size_t index);
  void take_what_was_read();
  void publish(const std::string& name);

  net::Loop& loop_;
  zone::Zones& zones_;
  Happened happened_;
  std::shared_ptr<const config::Config> config_;
  std::vector<KeptZone> kept_;
  std::vector<Watched> watched_;  // as kept_
  std::size_t next_ = 0;          // of these, where the next look begins
  std::vector<Answered> listeners_;
  std::shared_ptr<regions::RegionsShare> regions_;
  std::uint64_t regions_generation_ = 0;
  std::unique_ptr<Reading> reading_;
};

}  // namespace headgate::proxy::dns::upkeep
