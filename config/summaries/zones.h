#pragma once
#include <string>
#include <vector>

#include "config/config.h"

// What a summary says of `dns`, in words that a line can be broken between.
namespace headgate::config::summaries {

struct Entry {
  std::string name;
  std::vector<std::string> words;
};

/// A line for each zone.
std::vector<Entry> zone_entries(const Config& config);

/// What of the zones works and is likely not meant: a zone that no listener answers for, servers within a zone that
/// have no address there, regions that have nothing to answer with.
std::vector<Entry> zone_warnings(const Config& config);

}  // namespace headgate::config::summaries
