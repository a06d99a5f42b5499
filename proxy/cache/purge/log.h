#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::purge {

/// The file of a Book, so that what was purged stays so over a restart. Blocks on the disk: not for a worker's loop.
/// For one thread, which alone purges.
///
///     base::Result<std::unique_ptr<Log>> log = Log::open(path, book);   // before there are readers of the book
///     base::Result<std::uint64_t> number = (*log)->purge(purge);        // on the disk first, then in force
class Log {
 public:
  static constexpr std::size_t kSpareRecords = 4096;

  /// Makes the file, or reads it into the book and cuts off what was torn. What is no log of purges is an error, and
  /// left as it is. The file is written anew when it has `spare_records` beyond twice what the book knew the last time.
  static base::Result<std::unique_ptr<Log>> open(std::string path, Book& book,
                                                 std::size_t spare_records = kSpareRecords);

  /// Writes the purge, waits for the disk, and puts it in force. Where writing fails it is in force all the same, and
  /// the error says that it does not outlive the process: what other tiers keep over a restart must go.
  base::Result<std::uint64_t> purge(const Purge& purge);

  /// Bytes at the end of the file, when it was opened, that were no whole record.
  std::size_t torn_bytes() const { return torn_bytes_; }
  std::size_t records() const { return records_; }

 private:
  Log(std::string path, Book& book, std::size_t spare_records)
      : path_(std::move(path)), book_(book), spare_records_(spare_records) {}
  base::Result<void> append(const std::string& record);
  base::Result<void> write_anew();

  std::string path_;
  Book& book_;
  std::size_t spare_records_;
  base::OwnedFd file_;
  std::size_t sound_bytes_ = 0;
  std::size_t records_ = 0;
  std::size_t records_max_ = 0;
  std::size_t torn_bytes_ = 0;
};

}  // namespace headgate::proxy::cache::purge
