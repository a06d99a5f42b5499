#include "proxy/dns/server/zone_index.h"

#include <xxhash.h>

#include <utility>

namespace headgate::proxy::dns::server {

std::size_t ZoneIndex::Hash::operator()(std::string_view bytes) const {
  return XXH3_64bits(bytes.data(), bytes.size());
}

ZoneIndex::ZoneIndex(std::vector<std::shared_ptr<const zone::Zone>> zones) : zones_(std::move(zones)) {
  for (const std::shared_ptr<const zone::Zone>& zone : zones_) {
    const std::string_view name = zone->apex().wire();
    by_name_.emplace(name, zone.get());
    sizes_.set(name.size());
  }
}

const zone::Zone* ZoneIndex::find_from(std::string_view lower_name) const {
  for (std::string_view name = lower_name;;) {
    if (sizes_.test(name.size())) {
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) return found->second;
    }
    if (name.size() <= 1) return nullptr;
    name.remove_prefix(1 + static_cast<std::size_t>(name[0]));
  }
}

const zone::Zone* ZoneIndex::find(std::string_view lower_name, wire::dns::Type type) const {
  const zone::Zone* const zone = find_from(lower_name);
  const bool is_apex = zone != nullptr && zone->apex().wire().size() == lower_name.size();
  if (type != wire::dns::Type::kDs || !is_apex || lower_name.size() <= 1) return zone;
  const zone::Zone* const above = find_from(lower_name.substr(1 + static_cast<std::size_t>(lower_name[0])));
  return above != nullptr ? above : zone;
}

}  // namespace headgate::proxy::dns::server
