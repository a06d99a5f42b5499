#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/owned_fd.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/sticky/table/log_writer.h"
#include "proxy/sticky/table/table.h"

namespace headgate::proxy::sticky::table {

/// The sessions of one pool: a table in memory, and where there is a folder for it the log that it is found in again
/// after the process has ended, however it did.
class Store {
 public:
  /// An answer waits no longer than this for its session to be on the disk.
  static constexpr base::Duration kKeptWaitMax = std::chrono::seconds(5);
  /// At an upgrade the predecessor lets go of the folder within this.
  static constexpr base::Duration kLockWaitMax = std::chrono::seconds(2);

  using Said = LogWriter::Said;
  Store(std::string pool, std::size_t size, std::uint32_t ttl, Said said);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Table& sessions() { return table_; }
  const Table& sessions() const { return table_; }
  const std::string& pool() const { return pool_; }

  /// Control thread: takes up what is in the folder, which is made if it is not there, and from now on writes what
  /// changes. Says what was found, and what was torn or damaged.
  base::Result<void> open(const std::string& folder, std::uint32_t now);
  /// Control thread: writes what is under way and lets go of the folder. The table stays.
  void close();
  /// Null: the sessions end with the process.
  std::shared_ptr<LogWriter> log() const;

 private:
  base::Result<void> lock(const std::string& folder);

  std::string pool_;
  Said said_;
  Table table_;
  base::OwnedFd lock_;
  mutable std::mutex mutex_;
  std::shared_ptr<LogWriter> log_;
};

/// Waits until the change of that number (of Table::put) is on the disk, or cannot be, at most kKeptWaitMax. The answer
/// that it was made for may then be sent.
net::Task<void> kept(std::shared_ptr<Store> store, std::uint64_t number, net::Loop& loop);

}  // namespace headgate::proxy::sticky::table
