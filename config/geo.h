#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "config/place.h"
#include "config/sticky.h"

// Where clients and this house's regions are: `geoip`, `regions` and `default_region`.
namespace headgate::config {

/// A point on the earth, in degrees.
struct Location {
  double latitude = 0;   ///< -90 to 90, north above 0
  double longitude = 0;  ///< -180 to 180, east above 0
  friend bool operator==(const Location&, const Location&) = default;
};

/// What DNS answers for a region: one of its addresses.
struct RegionAddress {
  base::IpAddress address;
  std::uint32_t weight = 1;  ///< 1 to 256: how often it comes first
  friend bool operator==(const RegionAddress&, const RegionAddress&) = default;
};

/// How much of a pool must be healthy in a region for the region to be up.
struct RegionRequirement {
  Place place;
  std::string pool;
  std::uint32_t count = 1;    ///< of its backends there; with `percent`: not looked at
  std::uint32_t percent = 0;  ///< of the weight of its backends there; 0: `count` says it
  friend bool operator==(const RegionRequirement&, const RegionRequirement&) = default;
};

/// A data centre, and whose it is.
struct Region {
  std::string name;
  Place place;
  std::vector<std::string> countries;   ///< ISO 3166-1, two upper-case letters; a country is one region's
  std::vector<std::string> continents;  ///< AF, AN, AS, EU, NA, OC, SA; a continent is one region's
  std::optional<Location> location;
  std::vector<RegionAddress> addresses;         ///< where it is reached
  std::vector<RegionRequirement> requirements;  ///< all of them
  std::uint32_t fall = 1;                       ///< looks in a row, one a second, that find a requirement missed: down
  std::uint32_t rise = 3;                       ///< that find all of them held: up
  bool drain = false;                           ///< takes no clients while another region can
  std::string host;                             ///< its own host name, with a port where it has one; empty: none
  friend bool operator==(const Region&, const Region&) = default;
};

/// `geoip.networks`: whose region is known without a database.
struct RegionNetwork {
  base::IpNetwork network;
  std::string region;
  friend bool operator==(const RegionNetwork&, const RegionNetwork&) = default;
};

/// A client may say for a while whose it is: a cookie that headgate signs.
struct RegionPin {
  std::string cookie;       ///< its name
  std::string from_header;  ///< of an answer: the origin names a region in it, and the client gets the cookie for it
  std::string keys_file;    ///< absolute; as those of sticky cookies
  StickyKeys keys;          ///< that were in it
  base::Duration max_age = std::chrono::hours(24 * 30);
  friend bool operator==(const RegionPin&, const RegionPin&) = default;
};

/// A field of a request by which those who are trusted say whose client it is.
struct RegionOverride {
  std::string header;
  std::vector<base::IpNetwork> from;  ///< who is believed
  friend bool operator==(const RegionOverride&, const RegionOverride&) = default;
};

struct Geo {
  std::vector<std::string> databases;   ///< absolute paths; what an earlier one says counts
  std::vector<RegionNetwork> networks;  ///< each once
  std::vector<Region> regions;
  std::string default_region;  ///< of clients that nothing else gives one; empty: none
  std::optional<RegionPin> pin;
  std::optional<RegionOverride> region_override;
  /// Whether a client can have a region at all.
  bool gives_regions() const { return !databases.empty() || !networks.empty() || !default_region.empty(); }
  friend bool operator==(const Geo&, const Geo&) = default;
};

}  // namespace headgate::config
