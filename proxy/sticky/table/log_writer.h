#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/sticky/table/log_format.h"

namespace headgate::proxy::sticky::table {

/// Writes the changes of a table to the disk, those of many requests with one wait for it (group commit), on a thread
/// of its own; and from time to time all entries (a snapshot), on another, so that the log stays short. What is on the
/// disk is a table at any instant: the newest complete snapshot and the logs from there on, which log_reader.h reads.
///
///     base::Result<std::unique_ptr<LogWriter>> writer = LogWriter::open(folder, recovery.next_number, entries, said);
///     table.set_journal(writer->get());
///     const std::uint64_t number = table.put(...);
///     (*writer)->when_kept(number, [...] { ... });
class LogWriter final : public Journal {
 public:
  /// Changes since the last snapshot, beyond twice the entries that it had, before there is another one.
  static constexpr std::uint64_t kSpareRecords = 64 * 1024;
  /// After a disk has refused, until it is tried again.
  static constexpr base::Duration kTryAgainAfter = std::chrono::seconds(5);

  /// Hands out all entries of the table, part by part. Called on the writer's threads.
  using Entries = std::function<void(const std::function<void(std::span<const Entry>)>&)>;
  using Said = std::function<void(base::LogLevel level, const std::string& line)>;
  /// Begins a new log in `folder`, which nobody else writes, and a snapshot.
  static base::Result<std::unique_ptr<LogWriter>> open(std::string folder, std::uint64_t next_number, Entries entries,
                                                       Said said, std::uint64_t spare_records = kSpareRecords);
  ~LogWriter() override;
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Writes what it was told so far, and lets go of the folder. Nothing may be noted any more.
  void end();

  std::uint64_t note(Change change, const Entry& entry) override;
  /// Whether the change of that number outlives the process and the machine's end.
  bool is_kept(std::uint64_t number) const { return kept_.load(std::memory_order_acquire) >= number; }
  /// Calls `then` on the writer's thread once it is kept; or cannot be, the disk having refused, which the log tells.
  /// At once where it is kept already.
  void when_kept(std::uint64_t number, std::function<void()> then);

  /// For metrics: what was written, and how often the disk was waited for.
  std::uint64_t records_written() const { return records_written_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  bool has_failed() const { return has_failed_.load(std::memory_order_relaxed); }

 private:
  LogWriter(std::string folder, std::uint64_t next_number, Entries entries, Said said, std::uint64_t spare_records);
  struct Waiting {
    std::uint64_t number;
    std::function<void()> then;
  };
  void run();
  base::Result<void> begin_log(std::uint64_t first_number);
  base::Result<void> write(const std::string& bytes);
  void shorten(std::uint64_t next);
  void fail();
  void begin_again(std::unique_lock<std::mutex>& lock);
  void tell_waiting(std::unique_lock<std::mutex>& lock, std::uint64_t kept);
  void begin_snapshot(std::uint64_t number);
  void write_snapshot(std::uint64_t number);
  base::Result<std::uint64_t> try_snapshot(std::uint64_t number);

  const std::string folder_;
  const Entries entries_;
  const Said said_;
  const std::uint64_t spare_records_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string queue_;  // records as they are written
  std::uint64_t next_number_;
  std::vector<Waiting> waiting_;
  bool is_ending_ = false;

  // The writing thread's.
  base::OwnedFd file_;
  std::string path_;
  std::uint64_t bytes_ = 0;
  std::uint64_t since_snapshot_ = 0;

  std::atomic<std::uint64_t> snapshot_entries_{0};
  std::atomic<bool> is_snapshotting_{false};
  std::atomic<bool> give_up_snapshot_{false};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> records_written_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<bool> has_failed_{false};
  std::thread snapshot_thread_;
  std::thread thread_;
};

}  // namespace headgate::proxy::sticky::table
