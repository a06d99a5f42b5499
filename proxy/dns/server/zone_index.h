#pragma once
#include <bitset>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::server {

/// Zones by their names. A look-up costs the same for one zone and for a thousand.
class ZoneIndex {
 public:
  ZoneIndex() = default;
  /// Each name once.
  explicit ZoneIndex(std::vector<std::shared_ptr<const zone::Zone>> zones);

  /// The zone with the longest name that `lower_name` is, or is below; null: there is none. DS records stand above the
  /// cut (RFC 4035 section 3.1.4.1): of a zone's own name they are the zone's above it, if that is here too.
  const zone::Zone* find(std::string_view lower_name, wire::dns::Type type) const;

  const std::vector<std::shared_ptr<const zone::Zone>>& zones() const { return zones_; }

 private:
  struct Hash {
    std::size_t operator()(std::string_view bytes) const;
  };
  const zone::Zone* find_from(std::string_view lower_name) const;

  std::vector<std::shared_ptr<const zone::Zone>> zones_;
  std::unordered_map<std::string_view, const zone::Zone*, Hash> by_name_;  // views of the zones' own
  std::bitset<wire::dns::kNameBytesMax + 1> sizes_;  // that some zone's name has: others need not be looked up
};

}  // namespace headgate::proxy::dns::server
