#include "proxy/tcp/reach.h"

#include <utility>

#include "proxy/balance/hash/client_key.h"
#include "proxy/balance/region/views.h"

namespace headgate::proxy::tcp {

net::Task<base::Result<Reached>> reach_backend(net::Loop& loop, balance::WorkerPool& pool, base::IpAddress client,
                                               const geo::Whereabouts& where, const Announcer& announcer,
                                               Progress& progress) {
  using ReachedResult = base::Result<Reached>;
  const config::Retry retry = pool.settings().retry;  // copies: a reload may replace the settings while this waits
  const base::Duration connect_timeout = pool.settings().connections.connect_timeout;
  pool.pool().retry_budget().deposit(retry.budget_percent);
  balance::Wish wish{.key = balance::hash::client_key_of(pool.settings(), client)};
  if (pool.prefers_regions()) wish.region = balance::region::key_of(where.of(client).region);
  std::uint32_t retries_left = retry.on.connect ? retry.attempts : 0;
  while (true) {
    balance::Lease lease = pool.try_acquire(wish);
    if (!lease) {
      progress.phase = message::Phase::kQueue;
      base::Result<balance::Lease> waited = co_await pool.acquire(wish, base::kNever);
      if (!waited) co_return ReachedResult(waited.error());
      lease = std::move(*waited);
    }
    const balance::Backend& chosen = lease.backend();
    progress.phase = message::Phase::kConnect;
    progress.backend_chosen = loop.now();
    std::string header;
    if (lease.wants_announcement()) header = lease.announcement_of(announcer.announcement());
    const base::Time deadline = loop.now() + connect_timeout;
    base::Result<std::unique_ptr<balance::Connection>> opened = co_await lease.connect(deadline, std::move(header));
    if (opened) co_return ReachedResult(Reached{std::move(lease), std::move(*opened)});
    progress.backend = chosen.id();
    progress.backend_address = chosen.address_text();
    if (retries_left == 0) co_return ReachedResult(opened.error());
    --retries_left;
    ++progress.retries;
    pool.counters().retries.add();
    wish.avoid = &chosen;
  }
}

}  // namespace headgate::proxy::tcp
