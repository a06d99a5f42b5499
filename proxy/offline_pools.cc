#include "proxy/offline_pools.h"

#include <memory>
#include <utility>
#include <variant>

#include "net/loop.h"
#include "proxy/balance/hash/tables.h"
#include "proxy/balance/identity.h"
#include "proxy/balance/region/views.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/geo/compiled.h"
#include "proxy/regions/region_keeper.h"

namespace headgate::proxy {

explain::PoolView offline_view_of(const Snapshot& snapshot, const config::Pool& settings, const balance::Wish& wish) {
  const std::size_t workers = snapshot.config->workers;
  auto pool = std::make_shared<balance::Pool>(settings.name, workers, [](std::size_t, balance::Pool&) {});
  auto version = std::make_shared<balance::PoolVersion>();
  version->settings = settings;
  for (const config::Backend& backend : settings.backends) {
    const auto* fixed = std::get_if<config::BackendAddress>(&backend.where);
    if (fixed == nullptr) continue;
    auto health = std::make_shared<health::BackendHealth>([] {});
    if (backend.drain) health->publish(health::State::kDraining, 100);
    version->members.push_back(
        {std::make_shared<balance::Backend>(backend.id, fixed->address, std::move(health), workers), backend.weight,
         backend.max_requests, backend.backup, nullptr, backend.priority, backend.elsewhere, backend.region,
         balance::identity_of(settings.name, backend, fixed->address)});
  }
  const std::shared_ptr<const geoip::Regions> regions = regions_in_force(snapshot);
  const std::vector<regions::State> states = regions::configured_states(*snapshot.config);
  const balance::region::Regions in_order{regions.get(), states.size(), states};
  balance::region::add_views(*version, in_order, snapshot.config->region,
                             geo::clients_have_regions(snapshot.config->geo));
  balance::hash::add_tables(*version, nullptr);
  pool->publish(std::move(version));
  explain::PoolView view;
  view.now = base::wall_now();
  net::Loop loop;  // worker pools keep timers on one; it never runs
  for (std::size_t worker = 0; worker < workers; ++worker) {
    view.forecasts.push_back(balance::WorkerPool(loop, pool, worker, 1).forecast(wish));
  }
  return view;
}

}  // namespace headgate::proxy
