#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "proxy/cache/purge/book.h"
#include "proxy/cache/purge/log.h"

namespace headgate::proxy::cache::disk {

/// Purges that outlive the process. In force when purge() returns; on the disk when its `done` is told so, by a thread
/// that writes those of many in one. Where there is no log (yet), they are told that they are not kept; the first log
/// that is opened gets them all the same.
class PurgeKeeper {
 public:
  using Done = std::function<void(bool kept)>;
  using Failed = std::function<void(const base::Error&)>;
  /// Purges before the first log; beyond that they count as one of everything.
  static constexpr std::size_t kEarlyMax = 4096;

  /// `failed` hears, on the keeper's thread, when a log could not be written any more, which is closed then.
  PurgeKeeper(purge::Book& book, Failed failed);
  ~PurgeKeeper();
  PurgeKeeper(const PurgeKeeper&) = delete;
  PurgeKeeper& operator=(const PurgeKeeper&) = delete;

  /// From any thread. `done` is called on the keeper's, always.
  std::uint64_t purge(const purge::Purge& purge, Done done = {});
  /// Reads the log into the book, and keeps what is purged from here on. From one thread, as close().
  base::Result<void> open(const std::string& path);
  /// Waits for what is being written.
  void close();
  bool is_open();

 private:
  struct Waiting {
    purge::Purge purge;
    Done done;
  };
  void run();
  void take_early();

  purge::Book& book_;
  Failed failed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  std::vector<purge::Purge> early_;
  std::shared_ptr<purge::Log> log_;
  std::vector<purge::Purge> missed_;  // while a log was being opened
  bool was_open_ = false;
  bool is_opening_ = false;
  bool is_writing_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace headgate::proxy::cache::disk
