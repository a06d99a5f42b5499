#pragma once
#include <memory>
#include <vector>

#include "net/loop.h"
#include "net/task.h"
#include "proxy/cache/stage/store.h"

namespace headgate::proxy::steering {

/// A disk that takes longer does not know of a purge.
inline constexpr base::Duration kPurgePatience = std::chrono::seconds(5);

/// Purges, and waits for the store's disk: whether a restart keeps them so, which is no question without one. For the
/// thread of `loop`.
net::Task<bool> purge(net::Loop& loop, std::shared_ptr<cache::stage::Store> store,
                      std::vector<cache::purge::Purge> purges);

}  // namespace headgate::proxy::steering
