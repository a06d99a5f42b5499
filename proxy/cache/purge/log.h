#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::purge {

/// The file of a Book, so that what was purged stays so over a restart. Blocks on the disk: not for a worker's loop.
/// For one thread.
///
///     base::Result<std::unique_ptr<Log>> log = Log::open(path, book);
///     purge.sequence = book.purge(purge);                        // in force
///     base::Result<void> kept = (*log)->keep({&purge, 1});       // and on the disk
class Log {
 public:
  static constexpr std::size_t kSpareRecords = 4096;

  /// Makes the file, or reads it into the book and cuts off what was torn. Where more than a torn record is lost, the
  /// book has everything purged: what was lost is not known. What is no log of purges is an error, and left as it is.
  /// The file is written anew when it has `spare_records` beyond twice what the book knew the last time.
  static base::Result<std::unique_ptr<Log>> open(std::string path, Book& book,
                                                 std::size_t spare_records = kSpareRecords);

  /// Writes what the book was told, in the order of its numbers, and waits for the disk. An error says that it does not
  /// outlive the process: what other tiers keep over a restart must go.
  base::Result<void> keep(std::span<const Purge> purges);

  /// Bytes at the end of the file, when it was opened, that were no whole record.
  std::size_t torn_bytes() const { return torn_bytes_; }
  std::size_t records() const { return records_; }

 private:
  Log(std::string path, Book& book, std::size_t spare_records)
      : path_(std::move(path)), book_(book), spare_records_(spare_records) {}
  base::Result<void> write_anew();

  std::string path_;
  Book& book_;
  std::size_t spare_records_;
  base::OwnedFd file_;
  std::size_t sound_bytes_ = 0;
  std::uint64_t kept_up_to_ = 0;  // a number of the book's
  std::size_t records_ = 0;
  std::size_t records_max_ = 0;
  std::size_t torn_bytes_ = 0;
};

}  // namespace headgate::proxy::cache::purge
