#include "proxy/sticky/table/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/files/file_io.h"
#include "proxy/sticky/table/log_reader.h"

namespace headgate::proxy::sticky::table {
namespace {

/// A snapshot goes to the file in pieces of this.
constexpr std::size_t kPieceBytes = 256 * 1024;

}  // namespace

base::Result<std::unique_ptr<LogWriter>> LogWriter::open(std::string folder, std::uint64_t next_number, Entries entries,
                                                         Said said, std::uint64_t spare_records) {
  std::unique_ptr<LogWriter> writer(
      new LogWriter(std::move(folder), next_number, std::move(entries), std::move(said), spare_records));
  const base::Result<void> begun = writer->begin_log(next_number);
  if (!begun) return begun.error();
  writer->kept_.store(next_number - 1, std::memory_order_release);
  writer->begin_snapshot(next_number);
  writer->thread_ = std::thread([self = writer.get()] { self->run(); });
  return base::Result<std::unique_ptr<LogWriter>>(std::move(writer));
}

LogWriter::LogWriter(std::string folder, std::uint64_t next_number, Entries entries, Said said,
                     std::uint64_t spare_records)
    : folder_(std::move(folder)),
      entries_(std::move(entries)),
      said_(std::move(said)),
      spare_records_(spare_records),
      next_number_(next_number) {}

LogWriter::~LogWriter() {
  end();
}

void LogWriter::end() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  give_up_snapshot_.store(true, std::memory_order_relaxed);
  if (snapshot_thread_.joinable()) snapshot_thread_.join();
}

std::uint64_t LogWriter::note(Change change, const Entry& entry) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_number_++;
  if (has_failed()) return number;  // the snapshot that comes first when the disk can be written again has it
  if (queue_.empty()) changed_.notify_all();
  append_record(queue_, {number, change, entry});
  return number;
}

void LogWriter::when_kept(std::uint64_t number, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_kept(number) && !has_failed()) {
      waiting_.push_back({number, std::move(then)});
      return;
    }
  }
  then();
}

/// A new file, whose name is on the disk before anything in it counts.
base::Result<void> LogWriter::begin_log(std::uint64_t first_number) {
  const std::string path = folder_ + "/" + log_file_name("log", first_number);
  base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file) return base::system_error(errno, "open " + path);
  base::Result<void> written = base::files::write_at(file.get(), kLogHeading, 0, path);
  if (written) written = base::files::sync_file(file.get(), path);
  if (!written) return written;
  base::files::sync_folder_of(path);
  file_ = std::move(file);
  path_ = path;
  bytes_ = kLogHeading.size();
  since_snapshot_ = 0;
  return {};
}

/// Behind the last whole record, so that what failed half way is written over.
base::Result<void> LogWriter::write(const std::string& bytes) {
  base::Result<void> written = base::files::write_at(file_.get(), bytes, bytes_, path_);
  if (written) written = base::files::sync_file(file_.get(), path_);
  if (written) bytes_ += bytes.size();
  return written;
}

void LogWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (has_failed()) {
      changed_.wait_for(lock, kTryAgainAfter, [this] { return is_ending_; });
      if (is_ending_) return;
      begin_again(lock);
      continue;
    }
    changed_.wait(lock, [this] { return is_ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::string bytes = std::exchange(queue_, {});
    const std::uint64_t last = next_number_ - 1;
    lock.unlock();
    const base::Result<void> written = write(bytes);
    if (written) {
      kept_.store(last, std::memory_order_release);
      records_written_.fetch_add(bytes.size() / kRecordBytes, std::memory_order_relaxed);
      commits_.fetch_add(1, std::memory_order_relaxed);
      since_snapshot_ += bytes.size() / kRecordBytes;
      shorten(last + 1);
    } else {
      said_(base::LogLevel::kError, "sessions: " + written.error().message + "; new ones end with the process");
    }
    lock.lock();
    if (!written) fail();
    tell_waiting(lock, last);
  }
}

/// Once there is so much that starting anew would take long: another log, and a snapshot of what was before it.
void LogWriter::shorten(std::uint64_t next) {
  const bool is_long = since_snapshot_ > spare_records_ + 2 * snapshot_entries_.load(std::memory_order_relaxed);
  if (!is_long || is_snapshotting_.load(std::memory_order_acquire)) return;
  const base::Result<void> begun = begin_log(next);
  if (begun) begin_snapshot(next);
}

/// Under the lock. Nobody waits for a disk that refuses, and nothing is gathered for it without end.
void LogWriter::fail() {
  has_failed_.store(true, std::memory_order_relaxed);
  queue_.clear();
}

/// After the disk had refused: what is noted from now on goes into a new log, and all that was before into a snapshot.
void LogWriter::begin_again(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t next = next_number_;
  has_failed_.store(false, std::memory_order_relaxed);
  lock.unlock();
  const base::Result<void> begun = begin_log(next);
  if (begun) {
    begin_snapshot(next);
    said_(base::LogLevel::kInfo, "sessions: " + path_ + " is written again");
  }
  lock.lock();
  if (begun) return;
  fail();
  tell_waiting(lock, next_number_);
}

/// Those for whom there is nothing more to wait for, without the lock.
void LogWriter::tell_waiting(std::unique_lock<std::mutex>& lock, std::uint64_t kept) {
  std::vector<Waiting> told;
  std::erase_if(waiting_, [&](Waiting& each) {
    const bool is_due = has_failed() || each.number <= kept;
    if (is_due) told.push_back(std::move(each));
    return is_due;
  });
  lock.unlock();
  for (const Waiting& each : told) each.then();
  lock.lock();
}

/// The log that begins with `number` was begun before.
void LogWriter::begin_snapshot(std::uint64_t number) {
  if (snapshot_thread_.joinable()) snapshot_thread_.join();
  is_snapshotting_.store(true, std::memory_order_relaxed);
  snapshot_thread_ = std::thread([this, number] {
    write_snapshot(number);
    is_snapshotting_.store(false, std::memory_order_release);
  });
}

void LogWriter::write_snapshot(std::uint64_t number) {
  const base::Result<std::uint64_t> entries = try_snapshot(number);
  if (!entries) return said_(base::LogLevel::kWarn, "sessions: no snapshot: " + entries.error().message);
  if (give_up_snapshot_.load(std::memory_order_relaxed)) return;
  snapshot_entries_.store(*entries, std::memory_order_relaxed);
  for (const std::string& path : log_files_in(folder_).outdated) ::unlink(path.c_str());
}

base::Result<std::uint64_t> LogWriter::try_snapshot(std::uint64_t number) {
  const std::string path = folder_ + "/" + log_file_name("snapshot", number);
  const std::string next = path + ".next";
  const base::OwnedFd file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file) return base::system_error(errno, "open " + next);
  std::string piece(kLogHeading);
  std::uint64_t at = 0;
  std::uint64_t entries = 0;
  base::Result<void> written;
  const auto flush = [&] {
    if (written) written = base::files::write_at(file.get(), piece, at, next);
    at += piece.size();
    piece.clear();
  };
  entries_([&](std::span<const Entry> part) {
    for (const Entry& entry : part) {
      if (!written || give_up_snapshot_.load(std::memory_order_relaxed)) return;
      append_record(piece, {number, Change::kPut, entry});
      ++entries;
      if (piece.size() >= kPieceBytes) flush();
    }
  });
  flush();
  const bool is_given_up = give_up_snapshot_.load(std::memory_order_relaxed);
  if (written && !is_given_up) written = base::files::sync_file(file.get(), next);
  if (!written || is_given_up) {
    ::unlink(next.c_str());
    if (!written) return written.error();
    return entries;
  }
  if (std::rename(next.c_str(), path.c_str()) != 0) return base::system_error(errno, "replace " + path);
  base::files::sync_folder_of(path);
  return entries;
}

}  // namespace headgate::proxy::sticky::table
