#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headgate::proxy::explain::place {

/// Where the client is, and whose it is by that; only where the configuration has geoip or regions.
struct PlacePart {
  std::string region;  ///< empty: none
  std::string claim;   ///< what the request itself says of it, and what came of that; empty: nothing
  std::string reason;  ///< override | pinned | network | database | country | continent | nearest | default | none
  std::string why;
  std::string network;  ///< all of which has this answer
  std::string country;
  std::string continent;
  std::string city;
  std::uint32_t asn = 0;  ///< 0: not known
  std::string organization;
  std::vector<std::string> then;  ///< the other regions, the next nearest first
  std::string served_by;          ///< the region that serves it, of the route's pool; empty: none, or it is not asked
  std::string served_why;         ///< where that is another one; or why there is none
  std::string home;               ///< of a route with send_home: whether it is sent there, and why

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("region", region);
    visit("claim", claim);
    visit("reason", reason);
    visit("why", why);
    visit("network", network);
    visit("country", country);
    visit("continent", continent);
    visit("city", city);
    visit("asn", asn);
    visit("organization", organization);
    visit("then", then);
    visit("served_by", served_by);
    visit("served_why", served_why);
    visit("home", home);
  }
};

}  // namespace headgate::proxy::explain::place
