#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "geoip/place.h"

namespace headgate::geoip::write {

/// A network and what is to be said of it.
struct NetworkRow {
  base::IpNetwork network;
  Code country;
  Code continent;
  std::optional<Point> location;
  std::uint32_t asn = 0;
  std::string organization;
  std::string city;
  std::string region;
};

/// Something wrong with a file of networks.
struct RowProblem {
  int line = 0;    ///< from 1
  int column = 0;  ///< in bytes, from 1
  std::string what;
};

struct ParsedNetworks {
  std::vector<NetworkRow> rows;
  std::vector<RowProblem> problems;  ///< at most kProblemsMax, in the order of the file
  std::size_t left_out = 0;          ///< further problems
  static constexpr std::size_t kProblemsMax = 100;
};

inline constexpr std::size_t kNetworksMax = 16'000'000;

/// The columns that there are, as the first line of a file names them.
std::vector<std::string_view> network_columns();

/// Networks as comma-separated values. The first line names the columns, in any order: `network` (required; IPv4 or
/// IPv6, such as 203.0.113.0/24), `country`, `continent`, `latitude` and `longitude`, `asn`, `organization`, `city`,
/// `region`. An empty field says nothing. A continent that is not given is the country's. No network stands there
/// twice; they may lie in each other, and the longest prefix counts.
ParsedNetworks parse_networks(std::string_view text);

}  // namespace headgate::geoip::write
