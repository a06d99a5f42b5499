#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory/huge_pages.h"
#include "geoip/database.h"
#include "geoip/regions.h"

namespace headgate::geoip {

/// An address, as far as it is known where that is.
struct Located {
  Place place;  ///< its texts live as long as the Atlas
  Decision decision;
  int prefix_bits = 0;  ///< of the network around the address all of which has this answer
};

/// Whose client an address is, and nothing else of it.
struct Decided {
  Decision decision;
  int prefix_bits = 0;  ///< as Located has it
};

/// Databases and regions together: who asks where a client is asks here. What a place comes to is worked out when
/// somebody asks for the first time, and then lies ready for all its networks. Any thread may ask.
class Atlas {
 public:
  Atlas(std::vector<std::shared_ptr<const Database>> databases, std::shared_ptr<const Regions> regions);
  Atlas(const Atlas&) = delete;
  Atlas& operator=(const Atlas&) = delete;

  /// Where several databases tell of an address, the first that knows its country, continent or location tells those,
  /// and so on for the autonomous system and for a region stated outright.
  Located locate(const base::IpAddress& address) const;
  /// The same without the place, for half of the cost where that is in no cache.
  Decided decide(const base::IpAddress& address) const;

  const Regions& regions() const { return *regions_; }
  const std::shared_ptr<const Regions>& shared_regions() const { return regions_; }
  const std::vector<std::shared_ptr<const Database>>& databases() const { return databases_; }

 private:
  struct Verdict;
  class Weighing;
  /// By the number of a place: its Verdict as a word. Two threads that write one write the same.
  using Verdicts = std::vector<std::atomic<std::uint32_t>, base::memory::HugePages<std::atomic<std::uint32_t>>>;
  Verdict verdict_of(std::size_t database, const Database::Found& found) const;

  std::vector<std::shared_ptr<const Database>> databases_;
  std::shared_ptr<const Regions> regions_;
  mutable std::vector<Verdicts> verdicts_;  // as databases_
};

}  // namespace headgate::geoip
