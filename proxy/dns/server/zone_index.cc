#include "proxy/dns/server/zone_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace headgate::proxy::dns::server {

ZoneIndex::ZoneIndex(std::vector<std::shared_ptr<const zone::Zone>> zones) : zones_(std::move(zones)) {
  for (const std::shared_ptr<const zone::Zone>& zone : zones_) {
    by_name_.push_back(zone.get());
    ++begins_[zone->apex().wire().size() + 1];
  }
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  std::ranges::sort(by_name_, {},
                    [](const zone::Zone* zone) { return std::pair(zone->apex().wire().size(), zone->apex().wire()); });
}

const zone::Zone* ZoneIndex::find_from(std::string_view lower_name) const {
  for (std::string_view name = lower_name;;) {
    std::uint32_t begin = begins_[name.size()];
    std::uint32_t end = begins_[name.size() + 1];
    while (begin < end) {
      const std::uint32_t middle = (begin + end) / 2;
      const int order = name.compare(by_name_[middle]->apex().wire());
      if (order == 0) return by_name_[middle];
      (order < 0 ? end : begin) = order < 0 ? middle : middle + 1;
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
