#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/dns/zone/master_file/tokens.h"
#include "proxy/dns/zone/zone.h"
#include "wire/dns/name.h"
#include "wire/dns/numbers.h"

namespace headgate::proxy::dns::zone::master_file {

struct Record {
  wire::dns::Name owner;
  wire::dns::Type type{};
  std::uint32_t ttl_seconds = 0;
  std::string data;
  Spot spot;
};

/// What a zone file says.
struct Contents {
  std::vector<Record> records;  ///< in the order of the file, without the SOA record
  std::optional<Start> start;   ///< of its SOA record
  std::vector<Problem> problems;
};

inline constexpr std::size_t kFileBytesMax = 64u << 20;
inline constexpr std::size_t kRecordsMax = 2'000'000;
/// Of one file; a file with more gets one that says so.
inline constexpr std::size_t kProblemsMax = 20;

/// Reads a zone file (RFC 1035 section 5, RFC 2308 section 4 for $TTL, RFC 3597 section 5): names below `apex` until
/// $ORIGIN says another, names in any case, an owner that is left out is the one before, class IN alone, TTL and class
/// in either order. A record without a TTL has that of $TTL, or else of the record before, or else `ttl_seconds`.
/// $INCLUDE and $GENERATE are refused. All problems of a file are told at once, and what has one is left out.
Contents read(std::string_view text, const wire::dns::Name& apex, std::uint32_t ttl_seconds);

}  // namespace headgate::proxy::dns::zone::master_file
