#pragma once
#include <cstdint>

#include "config/config.h"
#include "proxy/balance/wish.h"
#include "proxy/explain/pool_part.h"
#include "proxy/snapshot.h"

namespace headgate::proxy {

/// A pool of a configuration that does not run, as its workers would see it right after a start: backends with an
/// address, up unless the file drains them, nobody's turn taken yet. Names are not resolved.
explain::PoolView offline_view_of(const Snapshot& snapshot, const config::Pool& pool, const balance::Wish& wish);

}  // namespace headgate::proxy
