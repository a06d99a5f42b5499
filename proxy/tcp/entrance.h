#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "base/local_ptr.h"
#include "config/config.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/tcp/routing.h"

namespace headgate::proxy::tcp {

/// A tcp listener as one configuration has it and one worker uses it. A connection keeps the one that it came in by.
class Entrance final : public base::LocallyCounted {
 public:
  /// `pools` are those of routing->pools(), in that order.
  Entrance(std::shared_ptr<const config::Listener> settings, std::shared_ptr<const Routing> routing,
           std::vector<std::shared_ptr<balance::WorkerPool>> pools, geo::Desk desk)
      : settings_(std::move(settings)),
        routing_(std::move(routing)),
        pools_(std::move(pools)),
        desk_(std::move(desk)) {}

  const config::Listener& settings() const { return *settings_; }
  const Routing& routing() const { return *routing_; }
  balance::WorkerPool& pool(std::uint32_t index) const { return *pools_[index]; }
  /// Where it is asked where clients are; null: nothing is known of them.
  geo::Desk* desk() { return desk_.knows_anything() ? &desk_ : nullptr; }

 private:
  std::shared_ptr<const config::Listener> settings_;
  std::shared_ptr<const Routing> routing_;
  std::vector<std::shared_ptr<balance::WorkerPool>> pools_;
  geo::Desk desk_;
};

}  // namespace headgate::proxy::tcp
