#include "proxy/cache/stage/tier/waiting.h"

namespace headgate::proxy::cache::stage::tier {

net::Task<flight::State> settled(std::shared_ptr<flight::Flight> flight, std::size_t worker, net::Loop& loop,
                                 base::Time deadline) {
  flight::Wait wait(flight, worker, loop);
  while (true) {
    wait.arm();
    if (flight->state() != flight::State::kAsking) break;
    const bool woken = co_await wait.gate().wait(deadline);
    if (!woken) break;
  }
  co_return flight->state();
}

}  // namespace headgate::proxy::cache::stage::tier
