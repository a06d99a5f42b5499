#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "proxy/sticky/table/log_format.h"

namespace headgate::proxy::sticky::table {

/// The entries that are left when all records have been followed, in the order in which they were seen last.
class Replay {
 public:
  Replay();
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  /// Records in the order of their numbers; what a snapshot has seen already may come again.
  void follow(const Record& record);
  std::vector<Entry> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The files of a log in one folder, as log_writer.h leaves them: "snapshot-NUMBER" and "log-NUMBER", the numbers being
/// those of the first change that is not in a snapshot, or that is in a log, of 16 hexadecimal digits.
struct LogFiles {
  std::string snapshot;                                     ///< the newest that is complete; empty: none
  std::uint64_t snapshot_number = 0;                        ///< its
  std::vector<std::pair<std::uint64_t, std::string>> logs;  ///< from there on, in their order
  std::vector<std::string> outdated;                        ///< may go
};
LogFiles log_files_in(const std::string& folder);
std::string log_file_name(std::string_view kind, std::uint64_t number);

struct Recovery {
  std::vector<Entry> entries;     ///< in the order in which they were seen
  std::uint64_t next_number = 1;  ///< of the first change to come
  std::size_t records = 0;
  std::vector<std::string> losses;  ///< a sentence for each file that had a torn or damaged end
};

/// What a log holds up to its last whole record. Nothing is changed. An error where a file is none of a log, or cannot
/// be read.
base::Result<Recovery> recover(const std::string& folder);

}  // namespace headgate::proxy::sticky::table
