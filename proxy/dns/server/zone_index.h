#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::server {

/// Zones by their names. A look-up compares a name with as many as the logarithm of those of the same length.
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
  const zone::Zone* find_from(std::string_view lower_name) const;

  std::vector<std::shared_ptr<const zone::Zone>> zones_;
  std::vector<const zone::Zone*> by_name_;                            // by the length of their names, then by name
  std::array<std::uint32_t, wire::dns::kNameBytesMax + 2> begins_{};  // of each length in by_name_: most have none
};

}  // namespace headgate::proxy::dns::server
