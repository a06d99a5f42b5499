#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"

// Where clients and this house's regions are: `geoip`, `regions` and `default_region`.
namespace headgate::config {

/// A point on the earth, in degrees.
struct Location {
  double latitude = 0;   ///< -90 to 90, north above 0
  double longitude = 0;  ///< -180 to 180, east above 0
  friend bool operator==(const Location&, const Location&) = default;
};

/// A data centre, and whose it is.
struct Region {
  std::string name;
  std::vector<std::string> countries;   ///< ISO 3166-1, two upper-case letters; a country is one region's
  std::vector<std::string> continents;  ///< AF, AN, AS, EU, NA, OC, SA; a continent is one region's
  std::optional<Location> location;
  std::vector<base::IpAddress> addresses;  ///< where it is reached
  friend bool operator==(const Region&, const Region&) = default;
};

/// `geoip.networks`: whose region is known without a database.
struct RegionNetwork {
  base::IpNetwork network;
  std::string region;
  friend bool operator==(const RegionNetwork&, const RegionNetwork&) = default;
};

struct Geo {
  std::vector<std::string> databases;   ///< absolute paths; what an earlier one says counts
  std::vector<RegionNetwork> networks;  ///< each once
  std::vector<Region> regions;
  std::string default_region;  ///< of clients that nothing else gives one; empty: none
  /// Whether a client can have a region at all.
  bool gives_regions() const { return !databases.empty() || !networks.empty() || !default_region.empty(); }
  friend bool operator==(const Geo&, const Geo&) = default;
};

}  // namespace headgate::config
