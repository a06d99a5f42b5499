#pragma once
#include <memory>

#include "base/clock.h"
#include "net/task.h"
#include "proxy/cache/flight/flight.h"

namespace headgate::proxy::cache::stage::tier {

/// Until the flight has come to something, or the deadline: then it is kAsking still.
net::Task<flight::State> settled(std::shared_ptr<flight::Flight> flight, std::size_t worker, net::Loop& loop,
                                 base::Time deadline);

}  // namespace headgate::proxy::cache::stage::tier
