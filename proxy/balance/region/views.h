#pragma once
#include <cstdint>
#include <string_view>

#include "proxy/balance/pool.h"
#include "proxy/balance/region/order.h"

namespace headgate::proxy::balance::region {

/// By what a wish names a client's region; 0: none.
std::uint64_t key_of(std::string_view region);

/// Where requests of clients go first, and then: orders the members of the version by how far they stand from the
/// instance's region `home` (PoolVersion::Member::elsewhere) and, where clients have regions, from each of those
/// (PoolVersion::views). One that stands in a region is before those of the next nearest; those of regions that are
/// only named, without a place, and then those that state none come last and together; after these come the regions
/// that are drained, and those that are down. Without regions (`all` is null) nothing is changed.
void add_views(PoolVersion& version, const Regions& regions, std::string_view home, bool clients_have_regions);

}  // namespace headgate::proxy::balance::region
