#pragma once
#include "proxy/balance/pool.h"

namespace headgate::proxy::balance::hash {

/// Gives a version that chooses by hash its tables: those of the version before it where nothing that matters has
/// changed. A member is known by its id, the addresses behind a name of DNS by that and their address.
/// Takes time as Maglev and Ring say: for the control thread.
void add_tables(PoolVersion& version, const PoolVersion* before);

}  // namespace headgate::proxy::balance::hash
