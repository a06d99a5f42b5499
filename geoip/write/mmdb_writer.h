#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "geoip/write/networks.h"

namespace headgate::geoip::write {

struct MmdbOptions {
  std::string type = "headgate-City";  ///< readers that want a City database look for that word
  std::string description;             ///< in English
  std::uint64_t built_seconds = 1;     ///< of the Unix epoch; readers take 0 for none
};

struct WrittenMmdb {
  std::string bytes;
  std::uint32_t nodes = 0;
  std::uint32_t records = 0;  ///< that differ
  int record_bits = 0;        ///< 24, 28 or 32
};

/// A MaxMind DB (format 2.0) of these networks. Its tree is of IPv6 with IPv4 in ::/96, and ::ffff:0:0/96, 2001::/32
/// (Teredo) and 2002::/16 (6to4) lead there too unless `rows` say something of their own about them. The fields are
/// those of MaxMind's City and ASN databases, and `region`, a text. An error if it grows beyond what the format can
/// hold.
base::Result<WrittenMmdb> write_mmdb(const std::vector<NetworkRow>& rows, const MmdbOptions& options);

}  // namespace headgate::geoip::write
