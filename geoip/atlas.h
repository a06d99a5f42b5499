#pragma once
#include <memory>
#include <vector>

#include "geoip/database.h"
#include "geoip/regions.h"

namespace headgate::geoip {

/// An address, as far as it is known where that is.
struct Located {
  Place place;  ///< its texts live as long as the Atlas
  Decision decision;
  int prefix_bits = 0;  ///< of the network around the address all of which has this answer
};

/// Databases and regions together: who asks where a client is asks here. Immutable; any thread may ask.
class Atlas {
 public:
  Atlas(std::vector<std::shared_ptr<const Database>> databases, std::shared_ptr<const Regions> regions)
      : databases_(std::move(databases)), regions_(std::move(regions)) {}

  /// Where several databases tell of an address, the first that knows its country, continent or location tells those,
  /// and so on for the autonomous system and for a region stated outright.
  Located locate(const base::IpAddress& address) const;

  const Regions& regions() const { return *regions_; }
  const std::shared_ptr<const Regions>& shared_regions() const { return regions_; }
  const std::vector<std::shared_ptr<const Database>>& databases() const { return databases_; }

 private:
  std::vector<std::shared_ptr<const Database>> databases_;
  std::shared_ptr<const Regions> regions_;
};

}  // namespace headgate::geoip
