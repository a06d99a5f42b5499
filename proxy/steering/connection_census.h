#pragma once
#include <cstddef>
#include <functional>

#include "base/clock.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/admin/actions.h"

namespace headgate::proxy::steering {

inline constexpr base::Duration kCensusPatience = std::chrono::seconds(2);

/// Has a worker list its clients' connections and tell them to `answer`, on any thread.
using AskWorker = std::function<void(std::size_t worker, const message::ConnectionQuery& query,
                                     std::function<void(message::ConnectionList)> answer)>;

/// Asks every worker, and waits for their answers at most kCensusPatience: a worker that does not answer in time is
/// named. For the thread of `loop`.
net::Task<admin::Connections> count_connections(net::Loop& loop, std::size_t workers, AskWorker ask,
                                                message::ConnectionQuery query);

}  // namespace headgate::proxy::steering
