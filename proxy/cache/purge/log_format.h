#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/cache/purge/book.h"

// How purges are kept in a file: a line that says what it is, then records of a fixed size, each with a checksum of its
// own. What was being written when the power went is a record that does not hold, and the end.
namespace headgate::proxy::cache::purge {

inline constexpr std::string_view kLogHeading = "headgate purges 1\n";
inline constexpr std::size_t kLogRecordBytes = 48;

/// The record of one purge, with its number.
std::string log_record(const Purge& purge);

struct LogContent {
  std::vector<Purge> purges;    ///< in the order of their numbers
  std::size_t sound_bytes = 0;  ///< what follows was torn, or is foreign
};

/// Reads a log up to the first record that does not hold. An error where the text is no such log at all; an empty one,
/// and the beginning of a heading, is a log of nothing.
base::Result<LogContent> read_log(std::string_view text);

}  // namespace headgate::proxy::cache::purge
