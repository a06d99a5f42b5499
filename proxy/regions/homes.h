#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/geo.h"
#include "geoip/regions.h"
#include "proxy/regions/serving_map.h"

namespace headgate::proxy::regions {

/// Where regions are reached by name, for who sends clients there. Immutable.
class Homes {
 public:
  /// `own`: the instance's region.
  Homes(const geoip::Regions& regions, const std::vector<config::Region>& places, std::string_view own);

  /// What is to become of a request.
  struct Answer {
    std::string_view host;                         ///< to be sent to, with its port; empty: it is served here
    geoip::RegionIndex region = geoip::kNoRegion;  ///< that serves its client
    enum class Why : std::uint8_t {
      kSent,
      kServedHere,  ///< that is this region
      kNobody,      ///< no region can serve
      kNotUp,       ///< the one that would is drained, and serves for want of another
      kNoHost,      ///< it has no name of its own
      kAskedFor,    ///< its name is what the request asks for already: nobody is sent in a circle
    };
    Why why = Why::kServedHere;
  };
  /// Of a client of region `client` for a pool, who asks for `host` (without a port).
  Answer answer(const ServingMap& map, std::size_t pool, geoip::RegionIndex client, std::string_view host) const;

 private:
  struct Host {
    std::string whole;
    std::string name;  // without the port
  };
  std::vector<Host> hosts_;  // by RegionIndex
  geoip::RegionIndex own_;
};

}  // namespace headgate::proxy::regions
