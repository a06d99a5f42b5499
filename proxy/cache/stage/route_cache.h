#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/per_worker.h"
#include "config/config.h"
#include "proxy/cache/key/primary.h"
#include "proxy/cache/rules/policy.h"
#include "proxy/cache/stage/counters.h"
#include "proxy/cache/stage/store.h"

namespace headgate::proxy::cache::stage {

/// A route's `cache`, compiled. Immutable but for the store, shared by all workers.
struct RouteCache {
  rules::Policy policy;
  key::Recipe recipe;
  std::vector<std::string> tags_from;
  std::vector<base::IpNetwork> purge;  ///< the store's
  std::shared_ptr<Store> store;
  std::shared_ptr<base::PerWorker<Counters>> counters;
};

rules::Policy policy_of(const config::RouteCache& settings);
key::Recipe recipe_of(const config::RouteCache& settings);

}  // namespace headgate::proxy::cache::stage
