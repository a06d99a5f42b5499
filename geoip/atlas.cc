#include "geoip/atlas.h"

#include <algorithm>
#include <utility>

namespace headgate::geoip {
namespace {

/// What `other` knows and `place` does not.
void complete(Place& place, const Place& other) {
  if (!place.has_area()) {
    place.country = other.country;
    place.continent = other.continent;
    place.location = other.location;
    place.city = other.city;
  }
  if (place.asn == 0 && place.organization.empty()) {
    place.asn = other.asn;
    place.organization = other.organization;
  }
  if (place.region.empty()) place.region = other.region;
}

}  // namespace

/// What one database's place comes to.
struct Atlas::Verdict {
  Decision decision;      // kNone: the place gives no region
  bool has_area = false;  // if so, another database's area does not count

  /// 0 stands for one that nobody has asked for yet.
  std::uint32_t word() const {
    return std::uint32_t{decision.region} << 16 | static_cast<std::uint32_t>(decision.why) << 8 | (has_area ? 2u : 0u) |
           1u;
  }
  static Verdict of(std::uint32_t word) {
    return {{static_cast<RegionIndex>(word >> 16), static_cast<Why>(word >> 8 & 0xff)}, (word & 2) != 0};
  }
};

/// What several databases' verdicts come to together.
class Atlas::Weighing {
 public:
  void add(const Verdict& verdict) {
    // What is stated outright counts before any area, of whichever database.
    const bool is_stated = verdict.decision.why == Why::kDatabase;
    if (is_stated && placed_.why != Why::kDatabase) placed_ = verdict.decision;
    if (!is_stated && !has_area_ && placed_.why == Why::kNone) placed_ = verdict.decision;
    has_area_ = has_area_ || verdict.has_area;
  }
  Decision end(const Regions& regions, const base::IpAddress& address, int& prefix_bits) const {
    const Decision named = regions.decide_by_networks(address, prefix_bits);
    if (named.why != Why::kNone) return named;
    return placed_.why != Why::kNone ? placed_ : regions.decide_by_default();
  }

 private:
  Decision placed_;
  bool has_area_ = false;
};

Atlas::Atlas(std::vector<std::shared_ptr<const Database>> databases, std::shared_ptr<const Regions> regions)
    : databases_(std::move(databases)), regions_(std::move(regions)) {
  for (const std::shared_ptr<const Database>& database : databases_) verdicts_.emplace_back(database->about().places);
}

Atlas::Verdict Atlas::verdict_of(std::size_t database, const Database::Found& found) const {
  std::atomic<std::uint32_t>& kept = verdicts_[database][found.number];
  const std::uint32_t word = kept.load(std::memory_order_relaxed);
  if (word != 0) [[likely]]
    return Verdict::of(word);
  const Verdict verdict{regions_->decide_by_place(*found.place), found.place->has_area()};
  kept.store(verdict.word(), std::memory_order_relaxed);
  return verdict;
}

Located Atlas::locate(const base::IpAddress& address) const {
  Located out;
  bool is_known = false;
  Weighing weighing;
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    const Database::Found found = databases_[i]->find(address);
    out.prefix_bits = std::max(out.prefix_bits, found.prefix_bits);
    if (found.place == nullptr) continue;
    weighing.add(verdict_of(i, found));
    if (is_known) {
      complete(out.place, *found.place);
    } else {
      out.place = *found.place;
    }
    is_known = true;
  }
  out.decision = weighing.end(*regions_, address, out.prefix_bits);
  return out;
}

Decided Atlas::decide(const base::IpAddress& address) const {
  Decided out;
  Weighing weighing;
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    const Database::Found found = databases_[i]->find(address);
    out.prefix_bits = std::max(out.prefix_bits, found.prefix_bits);
    if (found.place != nullptr) weighing.add(verdict_of(i, found));
  }
  out.decision = weighing.end(*regions_, address, out.prefix_bits);
  return out;
}

}  // namespace headgate::geoip
