#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "geoip/network_table.h"
#include "geoip/place.h"

namespace headgate::geoip {

using RegionIndex = std::uint16_t;
inline constexpr RegionIndex kNoRegion = 0xffff;

/// Why a client belongs to its region. In the order in which they are tried.
enum class Why : std::uint8_t {
  kOverride,   ///< a header of somebody who is believed says so (proxy/regions)
  kPinned,     ///< its own cookie does, which headgate has signed
  kNetwork,    ///< its network is named by the configuration
  kDatabase,   ///< a database states the region of its network outright
  kCountry,    ///< the region has its country
  kContinent,  ///< the region has its continent
  kNearest,    ///< no region is nearer by great circle
  kDefault,    ///< nothing else gave it one
  kNone,       ///< it has none: there is no default
};
inline constexpr std::size_t kWhyCount = 9;
/// One word, for metrics and JSON: "network".
std::string_view to_string(Why why);

struct Decision {
  RegionIndex region = kNoRegion;
  Why why = Why::kNone;
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// The regions of one configuration, and which of them a client belongs to. Immutable and pure.
class Regions {
 public:
  struct Region {
    std::string name;
    std::vector<Code> countries;
    std::vector<Code> continents;
    std::optional<Point> location;
  };
  struct Network {
    base::IpNetwork network;
    std::string region;
  };
  Regions() : Regions({}, {}, {}) {}
  /// Regions that only `networks` or `default_region` name (empty: none) are added behind the others. At most kNoRegion
  /// in all.
  Regions(std::vector<Region> regions, const std::vector<Network>& networks, std::string_view default_region);

  std::size_t size() const { return regions_.size(); }
  bool empty() const { return regions_.empty(); }
  /// Of no region: empty.
  std::string_view name_of(RegionIndex region) const {
    return region < regions_.size() ? std::string_view(regions_[region].name) : std::string_view();
  }
  const Region& at(RegionIndex region) const { return regions_[region]; }
  /// kNoRegion if there is none of that name.
  RegionIndex find(std::string_view name) const;

  /// Whose client this is; `place` is what databases say of it, null: nothing. `prefix_bits` is made as long as needed
  /// for all of that network to get the same answer.
  Decision decide(const base::IpAddress& address, const Place* place, int& prefix_bits) const;

  // The steps of decide(), for who remembers what comes of one of them.
  /// By geoip.networks alone; kNone: they do not name it.
  Decision decide_by_networks(const base::IpAddress& address, int& prefix_bits) const;
  /// By what is known of its place alone; kNone: that gives it no region.
  Decision decide_by_place(const Place& place) const;
  /// Of clients that nothing else gives one.
  Decision decide_by_default() const { return default_ == kNoRegion ? Decision{} : Decision{default_, Why::kDefault}; }

  /// All regions, the nearest to `region` first, which is itself: where to go when it cannot serve. Those without a
  /// location come last, and all do if it has none itself, in the order of the configuration. Empty for kNoRegion.
  std::span<const RegionIndex> order_from(RegionIndex region) const;

 private:
  struct Located {
    RegionIndex region;
    Direction direction;
  };
  RegionIndex nearest_to(const Point& point) const;
  RegionIndex known(std::string_view name);

  using ByCode = std::array<RegionIndex, Code::kCount>;
  std::vector<Region> regions_;
  NetworkTable networks_;
  ByCode by_country_;
  ByCode by_continent_;
  std::vector<Located> located_;
  RegionIndex default_ = kNoRegion;
  std::vector<RegionIndex> orders_;  // of each region, one after the other
};

/// "country DE is eu's", "by great circle the nearest of 2 regions: 312 km to eu": a sentence for a person.
std::string why_text(const Regions& regions, const Decision& decision, const Place& place);

}  // namespace headgate::geoip
