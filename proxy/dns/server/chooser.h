#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/random.h"
#include "proxy/dns/zone/answer.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/regions/regions_share.h"

namespace headgate::proxy::dns::server {

/// What was chosen for one who asked, and by what.
struct Choice {
  geoip::Decision client;    ///< whose the asker is, and why
  regions::Serving serving;  ///< who serves that client now
  std::string_view pool;     ///< of the geo name; empty: nothing was chosen
  bool is_asked() const { return !pool.empty(); }
  /// The answer is one region's.
  bool has_region() const { return !serving.is_last_resort && serving.region != geoip::kNoRegion; }
};

/// Chooses the addresses of geo names for one worker: whose the asker is by the newest Atlas, who serves those by the
/// newest ServingMap, the addresses of that region in turn by their weights. What an answer holds is made when the map
/// has changed and somebody asks, not for each answer.
class RegionChooser final : public zone::Chooser {
 public:
  /// `atlas` may be null: nothing is known of anybody. `regions` may be, where no zone has a geo name.
  RegionChooser(std::shared_ptr<geo::AtlasShare> atlas, std::shared_ptr<regions::RegionsShare> regions,
                std::size_t worker, std::uint64_t seed);

  /// Who asks from now on: the client's network that the query names, or where it came from.
  void ask_for(const wire::dns::Query& query, const base::IpAddress& from);
  /// Nothing has been chosen.
  void forget() { choice_.pool = {}; }
  zone::Addresses choose(const zone::GeoName& name, wire::dns::Type type) override;
  /// What choose() came to since ask_for().
  const Choice& choice() const { return choice_; }
  /// Of an index in a Choice; empty: of none.
  std::string_view name_of(geoip::RegionIndex region) const {
    return desk_.knows_anything() ? desk_.name_of(region) : std::string_view();
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  /// Addresses of one family.
  struct Turns {
    std::vector<std::string> twice;     // each, and all of them once more: every turn's order is a piece of it
    std::vector<std::uint16_t> firsts;  // who comes first, turn by turn
    std::size_t turn = 0;
    std::span<const std::string> next();
  };
  /// Those of one region for one pool.
  struct Place {
    std::uint64_t generation = kNever;
    Turns v4;
    Turns v6;
  };
  struct Pool {
    std::uint64_t generation = kNever;
    bool is_same_for_all = false;  // wherever a client is, the same region serves
    std::vector<Place> places;     // by region; the last one: all addresses of all regions
  };
  Pool& pool_of(const regions::ServingMap& map, std::size_t index);
  Place& place_of(const regions::ServingMap& map, Pool& pool, std::size_t pool_index, geoip::RegionIndex region);
  void fill(Turns& turns, std::span<const config::RegionAddress> addresses, bool is_v4);

  geo::Desk desk_;
  std::unique_ptr<regions::MapView> view_;
  std::size_t regions_;
  base::Random random_;
  std::vector<std::unique_ptr<Pool>> pools_;  // by index; made when somebody asks
  base::IpAddress asker_;
  bool is_subnet_ = false;  // the asker is a network that the query named
  Choice choice_;
};

/// Who comes first, turn by turn, so that each does as often as its weight says and no two turns of one lie together
/// where others could come between. At most kTurnsMax; weights that would take more are rounded.
inline constexpr std::size_t kTurnsMax = 4096;
std::vector<std::uint16_t> firsts_of(std::span<const std::uint32_t> weights);

}  // namespace headgate::proxy::dns::server
