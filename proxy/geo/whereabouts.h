#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/ip_address.h"
#include "geoip/atlas.h"
#include "proxy/geo/atlas_share.h"
#include "proxy/geo/remembered.h"

namespace headgate::proxy::geo {

/// Where one worker asks for places: its hold on the newest Atlas of a configuration. Belongs to its worker's thread.
class Desk {
 public:
  /// For who asks beside the workers, for an explanation: such look-ups are not counted.
  static constexpr std::size_t kNoWorker = ~std::size_t{0};
  /// `share` may be null: nothing is known of anybody then.
  Desk(std::shared_ptr<AtlasShare> share, std::size_t worker)
      : share_(std::move(share)), worker_(worker), generation_(share_ ? share_->generation() : 0) {
    if (share_) atlas_ = share_->atlas();
  }
  bool knows_anything() const { return share_ != nullptr; }
  /// By the newest databases; counted by its reason and its region. `claimed`: whose it is whatever its address says;
  /// kNoRegion: that decides.
  geoip::Located look_up(const base::IpAddress& address, const geoip::Decision& claimed = {});
  /// Whose client it is alone, for less; counted alike. Remembers what was asked of late; the first call makes room for
  /// that.
  geoip::Decided decide(const base::IpAddress& address);
  const geoip::Regions& regions() const { return share_->regions(); }
  std::string_view name_of(geoip::RegionIndex region) const { return share_->regions().name_of(region); }

 private:
  const geoip::Atlas& newest();
  void count(const geoip::Decision& decision);

  std::shared_ptr<AtlasShare> share_;
  std::size_t worker_;
  std::uint64_t generation_;
  std::shared_ptr<const geoip::Atlas> atlas_;
  std::optional<Remembered> remembered_;  // once decide() was called where there are databases to ask
};

/// Where a request's client is: looked up when somebody asks for the first time, and never when nobody does.
///
///     request.where.ask_at(desk);
///     if (request.where.of(request.client).region == "eu") ...
class Whereabouts {
 public:
  struct Answer {
    std::string_view region;  ///< its name, as long-lived as the configuration; empty: none
    geoip::Code country;
    std::uint32_t asn = 0;
    geoip::RegionIndex index = geoip::kNoRegion;
    geoip::Why why = geoip::Why::kNone;
  };
  /// Null: nothing is known of anybody. Forgets what was known.
  void ask_at(Desk* desk) {
    desk_ = desk;
    is_known_ = false;
    claimed_ = {};
  }
  /// Whose client it is, whatever its address says. Before anybody asks.
  void claim(const geoip::Decision& decision) { claimed_ = decision; }
  /// Whether there is anything to ask.
  bool can_tell() const { return desk_ != nullptr; }
  const Answer& of(const base::IpAddress& client) const {
    if (!is_known_) [[unlikely]]
      find(client);
    return answer_;
  }

 private:
  void find(const base::IpAddress& client) const;

  Desk* desk_ = nullptr;
  geoip::Decision claimed_;
  mutable bool is_known_ = false;
  mutable Answer answer_;
};

}  // namespace headgate::proxy::geo
