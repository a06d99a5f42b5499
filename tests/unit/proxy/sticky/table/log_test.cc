#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "proxy/sticky/table/log_reader.h"
#include "proxy/sticky/table/log_writer.h"
#include "proxy/sticky/table/table.h"
#include "tests/unit/proxy/sticky/table/noted.h"

namespace headgate::proxy::sticky::table {
namespace {

Key key(std::uint64_t number) {
  return key_of(std::to_string(number));
}

Record put(std::uint64_t number, std::uint64_t of, std::uint64_t backend = 42) {
  return {number, Change::kPut, {key(of), backend, kNow}};
}

std::string log_of(std::initializer_list<Record> records) {
  std::string out(kLogHeading);
  for (const Record& record : records) append_record(out, record);
  return out;
}

TEST(SessionLog, IsReadAsItWasWritten) {
  const Record remove{2, Change::kRemove, {key(1), 42, kNow}};
  const std::string text = log_of({put(1, 1), remove, put(3, 2)});
  const base::Result<LogContent> content = read_log(text);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->records, (std::vector<Record>{put(1, 1), remove, put(3, 2)}));
  EXPECT_EQ(content->sound_bytes, text.size());
}

TEST(SessionLog, EndsAtItsLastWholeRecordWhereverItIsCut) {
  const std::string text = log_of({put(1, 1), put(2, 2), put(3, 3)});
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const base::Result<LogContent> content = read_log(text.substr(0, bytes));
    ASSERT_TRUE(content) << bytes;
    const std::size_t whole = bytes < kLogHeading.size() ? 0 : (bytes - kLogHeading.size()) / kRecordBytes;
    EXPECT_EQ(content->records.size(), whole) << bytes;
  }
}

TEST(SessionLog, EndsBeforeARecordInWhichAnyBitIsAnother) {
  const std::string text = log_of({put(1, 1), put(2, 2), put(3, 3)});
  const std::size_t second = kLogHeading.size() + kRecordBytes;
  for (std::size_t at = second; at < second + kRecordBytes; ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const base::Result<LogContent> content = read_log(damaged);
    ASSERT_TRUE(content) << at;
    EXPECT_EQ(content->records.size(), 1u) << at;
  }
}

TEST(SessionLog, IsNoOtherFile) {
  EXPECT_FALSE(read_log("headgate purges 1\n"));
  EXPECT_FALSE(read_log("\n"));
}

/// A table with a log in a folder of its own.
class LoggedTable : public ::testing::Test {
 protected:
  LoggedTable() {
    std::string pattern = std::filesystem::temp_directory_path() / "headgate-sessions-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LoggedTable() override { std::filesystem::remove_all(folder_); }

  void open(Table& table, std::uint64_t spare_records = LogWriter::kSpareRecords) {
    base::Result<Recovery> found = recover(folder_);
    ASSERT_TRUE(found) << found.error().message;
    for (const Entry& entry : found->entries) table.restore(entry, kNow);
    found_ = std::move(*found);
    auto opened = LogWriter::open(
        folder_, found_.next_number, [&table](const auto& take) { table.each_part(take); },
        [this](base::LogLevel, const std::string& line) {
          const std::lock_guard lock(mutex_);
          said_.push_back(line);
        },
        spare_records);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    table.set_journal(log_.get());
  }
  void close(Table& table) {
    table.set_journal(nullptr);
    log_.reset();
  }
  void wait_kept(std::uint64_t number) {
    bool is_told = false;
    std::condition_variable told;
    log_->when_kept(number, [&] {
      const std::lock_guard lock(mutex_);
      is_told = true;
      told.notify_all();
    });
    std::unique_lock lock(mutex_);
    told.wait(lock, [&] { return is_told; });
  }
  /// The snapshot that a log begins with may hold what is noted while it is written.
  void wait_snapshot() {
    while (log_files_in(folder_).snapshot.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) out.push_back(entry.path());
    return out;
  }
  static void expect_same(const Table& a, const Table& b) {
    std::size_t seen = 0;
    a.each_part([&](std::span<const Entry> part) {
      for (const Entry& entry : part) {
        EXPECT_EQ(b.look(entry.key, kNow), entry.backend);
        ++seen;
      }
    });
    EXPECT_EQ(b.entries(), seen);
  }

  std::filesystem::path folder_;
  std::unique_ptr<LogWriter> log_;
  Recovery found_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

TEST_F(LoggedTable, IsTheSameAfterwards) {
  Table before(1000, 600);
  open(before);
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) last = std::max(last, before.put(key(i), 1 + i % 5, kNow));
  EXPECT_EQ(last, 5000u) << "3,000 that came and 2,000 that gave way";
  wait_kept(last);
  EXPECT_TRUE(log_->is_kept(last));
  EXPECT_LT(log_->commits(), 3000u) << "many with one wait";
  close(before);
  Table after(1000, 600);
  open(after);
  expect_same(before, after);
  EXPECT_TRUE(found_.losses.empty());
  close(after);
}

TEST_F(LoggedTable, IsShortenedBySnapshotsWhileItIsWritten) {
  Table before(100, 600);
  open(before, 50);
  for (std::uint64_t round = 0; round < 40; ++round) {
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < 100; ++i) last = before.put(key(i), 1 + round, kNow);
    wait_kept(last);
  }
  close(before);
  std::uintmax_t bytes = 0;
  for (const auto& file : files()) bytes += std::filesystem::file_size(file);
  EXPECT_LT(bytes, 3900 * kRecordBytes) << "4,000 changes were written";
  EXPECT_FALSE(log_files_in(folder_).snapshot.empty());
  Table after(100, 600);
  open(after);
  expect_same(before, after);
  close(after);
}

TEST_F(LoggedTable, TakesUpWhatHoldsOfADamagedOne) {
  Table before(1000, 600);
  open(before);
  wait_snapshot();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 10; ++i) last = before.put(key(i), 42, kNow);
  wait_kept(last);
  close(before);
  const std::string path = log_files_in(folder_).logs.back().second;
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string torn = text.str().substr(0, text.str().size() - 7);
  std::ofstream(path, std::ios::trunc) << torn;
  base::Result<Recovery> found = recover(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.size(), 9u);
  ASSERT_EQ(found->losses.size(), 1u);
  EXPECT_EQ(found->losses[0], path + ": 41 bytes after its record 9 are a record that was not written to its end");
  std::string damaged = torn;
  damaged[kLogHeading.size() + 2 * kRecordBytes] ^= 1;
  std::ofstream(path, std::ios::trunc) << damaged;
  found = recover(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.size(), 2u);
  EXPECT_EQ(found->losses[0], path + ": 377 bytes after its record 2 are no whole records, and passed over");
  Table after(1000, 600);
  open(after);
  EXPECT_EQ(after.entries(), 2u);
  wait_kept(after.put(key(50), 42, kNow));
  close(after);
  found = recover(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.size(), 3u) << "it goes on where it holds";
}

TEST_F(LoggedTable, GoesOnInMemoryWhileTheDiskRefuses) {
  Table table(1000, 600);
  open(table);
  wait_snapshot();
  wait_kept(table.put(key(1), 42, kNow));
  rlimit was{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &was), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{1, was.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  const std::uint64_t unkept = table.put(key(2), 42, kNow);
  wait_kept(unkept);
  EXPECT_FALSE(log_->is_kept(unkept));
  EXPECT_TRUE(log_->has_failed());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &was), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(table.look(key(2), kNow), 42u);
  close(table);
  ASSERT_FALSE(said_.empty());
  EXPECT_NE(said_.back().find("new ones end with the process"), std::string::npos) << said_.back();
}

}  // namespace
}  // namespace headgate::proxy::sticky::table
