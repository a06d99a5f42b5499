#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/sticky/table/entry.h"

// How the changes of a session table lie on the disk, and go to whoever else keeps the same table: a line that says
// what it is, then records of a fixed size, each with its number and a checksum of its own. A snapshot is a log of
// puts.
namespace headgate::proxy::sticky::table {

inline constexpr std::string_view kLogHeading = "headgate sessions 1\n";
inline constexpr std::size_t kRecordBytes = 48;

struct Record {
  std::uint64_t number = 0;  ///< from 1; grows, and is the same for all records of a snapshot
  Change change = Change::kPut;
  Entry entry;
  friend bool operator==(const Record&, const Record&) = default;
};

void append_record(std::string& out, const Record& record);

struct LogContent {
  std::vector<Record> records;
  std::size_t sound_bytes = 0;  ///< what follows was torn, or is foreign
};

/// Reads up to the first record that does not hold. An error where the text is no such log at all; an empty one, and
/// the beginning of a heading, is a log of nothing.
base::Result<LogContent> read_log(std::string_view text);

}  // namespace headgate::proxy::sticky::table
