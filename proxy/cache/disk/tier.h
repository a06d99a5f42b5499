#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/cache/disk/appender.h"
#include "proxy/cache/disk/figures.h"
#include "proxy/cache/disk/incoming.h"
#include "proxy/cache/disk/loader.h"
#include "proxy/cache/disk/purge_keeper.h"
#include "proxy/cache/disk/walk.h"
#include "proxy/cache/memory/memory_store.h"

namespace headgate::proxy::cache::disk {

/// What a tier is like at the moment.
enum class State : std::uint8_t {
  kOpening,
  kWaiting,  ///< another process has the folder: in an upgrade the one that drains
  kOn,
  kOff,  ///< the disk failed, and will be tried again
  kClosed,
};
std::string_view word_of(State state);

struct Status {
  State state = State::kOpening;
  std::string why;          ///< a sentence, where it is not on
  bool is_walking = false;  ///< what an earlier process left is not all known yet
  std::uint64_t objects = 0;
  std::uint64_t used_bytes = 0;  ///< of the segments' files
};

/// The second tier of a store: objects in the files of one folder, which outlive the process. Everything that waits for
/// the disk is done by its own threads: one reads, one writes, one keeps purges. Calls return at once.
///
///     if (tier.may_have(hash)) tier.load(hash, key, worker, [](Loaded loaded) { ... });   // on the reading thread
///     tier.keep(reference);                                                              // complete in memory
///
/// A disk that fails turns the tier off: look-ups find nothing and nothing is kept, until it is tried again.
class Tier {
 public:
  struct Settings {
    std::string name;  ///< the cache's, for what is logged
    std::string path;
    std::uint64_t size = 0;  ///< bytes of all segments
    std::uint64_t max_object = 0;
  };
  struct Surroundings {
    memory::MemoryStore& memory;
    purge::Book& book;
    std::uint64_t seed;  ///< of hashes
    std::function<void(base::LogLevel, const std::string&)> log;
  };
  /// What waits to be read, and what waits to be written: beyond that reads find nothing, and writes are skipped.
  static constexpr std::size_t kReadsMax = 1024;
  static constexpr std::size_t kWritesMax = 8192;
  /// Of the memory tier what may be kept there by what waits to be written.
  static constexpr std::uint64_t kPinnedPart = 8;
  static constexpr std::size_t kTouchedMax = 1'000'000;  ///< keys that are remembered while the disk is off
  static constexpr std::size_t kIncomingMax = 8;         ///< large objects that are written at a time
  static constexpr base::Duration kFirstRetry = std::chrono::seconds(10);
  static constexpr base::Duration kLastRetry = std::chrono::minutes(10);
  static constexpr base::Duration kLockRetry = std::chrono::milliseconds(100);
  /// What is waiting to be written when it is closed gets so long.
  static constexpr base::Duration kCloseWait = std::chrono::seconds(2);

  Tier(Settings settings, Surroundings around);
  /// As end().
  ~Tier();
  Tier(const Tier&) = delete;
  Tier& operator=(const Tier&) = delete;

  /// Whether an object with this hash lies here. Counts a miss.
  bool may_have(key::Hash hash);
  /// The same for who wants it gone: also what is not known yet may be there. Counts nothing.
  bool might_have(key::Hash hash) const;
  using Done = std::function<void(Loaded)>;
  /// Reads an object into the memory tier, or, if it is too large for that, makes it ready to be read piece by piece.
  /// False, and `done` is not called: there is no room for another read.
  bool load(key::Hash hash, std::string key, std::uint32_t worker, Done done);
  /// One piece of a large object, verified, into `out`, which stays until `done` hears whether it holds. False as
  /// above.
  bool read_piece(std::shared_ptr<const Object> object, std::uint64_t number, char* out,
                  std::function<void(bool)> done);

  /// Writes an entry that is complete in memory, in place of what was there of its key.
  void keep(memory::Reference entry);
  /// What lies here of that key is not to be used again, also after a restart.
  void drop(key::Hash hash);
  /// A large object that comes piece by piece; `record` as entry::Record wrote it, `body_bytes` or Body::kUnknown.
  /// Null: not now, or one of that key is under way.
  std::shared_ptr<Incoming> begin(std::string record, key::Hash hash, std::uint64_t body_bytes,
                                  Incoming::RoomAgain room_again);
  /// Takes all of it, also where there is no room for it: who gives asks has_room() first.
  void append(const std::shared_ptr<Incoming>& incoming, std::string_view bytes);
  /// It is over, and whole or nothing. Has to be called.
  void end(const std::shared_ptr<Incoming>& incoming, bool is_whole);

  /// In force when it returns, for all tiers; `done` hears whether it outlives the process, on a thread of the tier's.
  std::uint64_t purge(const purge::Purge& purge, PurgeKeeper::Done done = {}) {
    return keeper_->purge(purge, std::move(done));
  }

  /// Lets go of the folder, for another process or for good, once what waits is written or kCloseWait is over.
  void close();
  /// close(), and waits until its threads have ended; from then on every call finds nothing.
  void end();
  /// Tries a disk that failed at once.
  void retry();

  const Settings& settings() const { return settings_; }
  std::uint64_t body_bytes_max() const { return geometry_.body_bytes_max(); }
  Status status();
  const Figures& figures() const { return figures_; }

 private:
  struct Load {
    key::Hash hash;
    std::string key;
    std::uint32_t worker;
    Done done;
  };
  struct Piece {
    std::shared_ptr<const Object> object;
    std::uint64_t number;
    char* out;
    std::function<void(bool)> done;
  };
  using Read = std::variant<Load, Piece>;
  struct Keep {
    memory::Reference entry;
    key::Hash hash;
    std::optional<Place> replaced;
    std::uint64_t bytes;
  };
  struct Drop {
    key::Hash hash;
    std::optional<Place> place;
    bool is_of_key = true;  ///< also of what was to be kept of that key before; else of the one object alone
  };
  using Write = std::variant<Keep, Drop, std::shared_ptr<Incoming>>;
  using Lock = std::unique_lock<std::mutex>;

  // The reading thread.
  void run_reading();
  void serve(Read read);
  void load_now(Load load);
  void step_walk(Walk& walk);
  base::Result<void> note_found(const std::shared_ptr<Segments>& segments, const entry::Record& record,
                                const ObjectHeader& header, Segment& segment);
  // The writing thread.
  void run_writing();
  void try_open();
  base::Result<std::shared_ptr<Segments>> open_folder();
  void make_appender(std::shared_ptr<Segments> segments);
  void serve(Write write);
  base::Result<void> write(Keep& keep);
  base::Result<void> write(const Drop& drop);
  base::Result<void> write(const std::shared_ptr<Incoming>& incoming);
  base::Result<void> end_incoming(const std::shared_ptr<Incoming>& incoming, bool is_whole);
  base::Result<void> flush();
  void publish(key::Hash hash, Place place);
  void forget_keep(const Lock& lock, key::Hash hash);
  void let_go(State state);
  void empty_folder();
  // Any.
  void arrived(const std::shared_ptr<Incoming>& incoming);
  void fail(const base::Error& error, bool loses_purges);
  void enqueue(const Lock& lock, Write write);
  void enqueue_drop(const Lock& lock, key::Hash hash, std::optional<Place> place);
  std::optional<Place> take_out(const Lock& lock, key::Hash hash);

  Settings settings_;
  Surroundings around_;
  Geometry geometry_;
  Figures figures_;
  Index index_;

  std::atomic<bool> is_on_{false};
  std::mutex mutex_;
  std::condition_variable reads_changed_;
  std::condition_variable writes_changed_;
  State state_ = State::kOpening;
  std::string why_;
  std::shared_ptr<Segments> segments_;
  std::atomic<bool> is_walking_{false};  // written under the lock
  bool is_closing_ = false;
  bool is_ending_ = false;
  bool is_void_ = false;  // what lies in the folder may be what was purged or replaced: it goes
  base::Time retry_at_{};
  base::Duration retry_after_ = kFirstRetry;
  std::deque<Read> reads_;
  std::deque<Write> writes_;
  std::uint64_t pinned_bytes_ = 0;                        // by writes_
  std::unordered_map<std::uint64_t, std::size_t> drops_;  // of keys, in writes_; by hash
  std::unordered_map<std::uint64_t, std::size_t> keeps_;  // what is to be published; by hash
  std::unordered_map<std::uint64_t, std::shared_ptr<Incoming>> incoming_;
  std::unordered_set<std::uint64_t> touched_;  // by keep() and drop() while not all that lies there was known

  // The writing thread's.
  base::OwnedFd folder_lock_;
  std::unique_ptr<Appender> appender_;
  std::vector<Drop> dead_;  // replaced by what was published

  std::unique_ptr<PurgeKeeper> keeper_;
  std::thread reading_;
  std::thread writing_;
};

}  // namespace headgate::proxy::cache::disk
