#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headgate::proxy::explain::place {

/// Where the client is, and whose it is by that; only where the configuration has geoip or regions.
struct PlacePart {
  std::string region;  ///< empty: none
  std::string reason;  ///< network | database | country | continent | nearest | default | none
  std::string why;
  std::string network;  ///< all of which has this answer
  std::string country;
  std::string continent;
  std::string city;
  std::uint32_t asn = 0;  ///< 0: not known
  std::string organization;
  std::vector<std::string> then;  ///< the other regions, the next nearest first

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("region", region);
    visit("reason", reason);
    visit("why", why);
    visit("network", network);
    visit("country", country);
    visit("continent", continent);
    visit("city", city);
    visit("asn", asn);
    visit("organization", organization);
    visit("then", then);
  }
};

}  // namespace headgate::proxy::explain::place
