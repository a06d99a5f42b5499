#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/suggest.h"
#include "config/load.h"
#include "config/values.h"
#include "proxy/admin/api/resources/pools.h"
#include "proxy/admin/api/resources/protection.h"
#include "proxy/admin/api/resources/resources.h"
#include "proxy/admin/figures_json.h"
#include "proxy/admin/health_rows.h"
#include "proxy/admin/metrics/sums.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::admin::api::resources {
namespace {

using balance::BackendCounters;
using balance::PoolCounters;
using metrics::total;

Json wish_json(const health::WishRow& wish) {
  const bool is_moving = wish.left > base::Duration(0);
  return {{"mode", health::checks::to_string(wish.mode)},
          {"weight_percent", wish.percent},
          {"target_percent", wish.target_percent},
          {"until", is_moving ? time_json(base::wall_now() + wish.left) : Json(nullptr)},
          {"why", wish.why.empty() ? Json(nullptr) : Json(wish.why)},
          {"since", time_json(wish.since)}};
}

/// Entries of a pool's table of sessions by the identity of their backend; nothing: it has no table.
using Entries = std::optional<std::map<std::uint64_t, std::size_t>>;

Entries entries_of(const PoolView& pool) {
  if (!pool.version || pool.version->sessions == nullptr) return std::nullopt;
  return pool.version->sessions->sessions().entries_by_backend();
}

Json entries_json(const Entries& entries, std::uint64_t identity) {
  if (!entries) return nullptr;
  const auto known = entries->find(identity);
  return known == entries->end() ? 0 : known->second;
}

Json discovered_json(const balance::PoolVersion::Discovered& discovered) {
  const bool is_of_service = !discovered.target.empty();
  return {{"name", discovered.name},
          {"target", is_of_service ? Json(discovered.target) : Json(nullptr)},
          {"priority", is_of_service ? Json(discovered.priority) : Json(nullptr)},
          {"weight", is_of_service ? Json(discovered.record_weight) : Json(nullptr)}};
}

/// How the names stand that its backends are found by.
Json names_json(const PoolView& pool, const std::vector<discovery::NameRow>& rows) {
  Json out = Json::array();
  if (!pool.version) return out;
  for (const config::Backend& backend : pool.version->settings.backends) {
    const auto* name = std::get_if<config::BackendName>(&backend.where);
    if (name == nullptr) continue;
    for (const discovery::NameRow& row : rows) {
      if (row.name != name->host) continue;
      out.push_back({{"name", config::text_of(*name)},
                     {"service", row.is_service},
                     {"addresses", row.backends},
                     {"ttl_seconds", row.ttl_left ? Json(*row.ttl_left / std::chrono::seconds(1)) : Json(nullptr)},
                     {"problem", row.problem.empty() ? Json(nullptr) : Json(row.problem)}});
    }
  }
  return out;
}

Json backend_json(const PoolView& pool, const balance::PoolVersion::Member& member, const Entries& entries,
                  const HealthRows& rows, const history::Recent& recent) {
  const balance::Backend& backend = *member.backend;
  const base::PerWorker<BackendCounters>& counters = backend.counters();
  const health::Row* known = rows.find(pool.name, backend.id(), backend.address_text());
  const health::Row row = known == nullptr ? health::Row() : *known;
  Json out = Json::object();
  out["id"] = backend.id();
  out["address"] = backend.address_text();
  out["pool"] = pool.name;
  out["state"] = health::to_string(backend.health().state());
  out["since"] = time_json(row.since);
  out["why"] = row.why;
  out["weight"] = member.weight;
  out["weight_percent"] = backend.health().weight_percent();
  out["load"] = row.load ? Json(*row.load) : Json(nullptr);
  out["operator"] = wish_json(row.wish);
  out["backup"] = member.backup;
  out["priority"] = member.priority;
  out["region"] = member.region.empty() ? Json(nullptr) : Json(member.region);
  out["discovered"] = member.discovered ? discovered_json(*member.discovered) : Json(nullptr);
  out["max_requests"] = member.max_requests;
  out["requests_in_flight"] = backend.requests_in_flight.load(std::memory_order_relaxed);
  out["connections_open"] = backend.connections_open.load(std::memory_order_relaxed);
  out["requests"] = total(counters, &BackendCounters::requests);
  out["responses"] = responses_json(counters, 1);
  out["sessions"] = total(counters, &BackendCounters::sessions);
  out["session_entries"] = entries_json(entries, member.identity);
  out["failures"] = total(counters, &BackendCounters::failures);
  out["connect_failures"] = total(counters, &BackendCounters::connect_failures);
  out["connections_opened"] = total(counters, &BackendCounters::connections_opened);
  out["connections_reused"] = total(counters, &BackendCounters::connections_reused);
  out["received_bytes"] = total(counters, &BackendCounters::bytes_received);
  out["sent_bytes"] = total(counters, &BackendCounters::bytes_sent);
  out["checks"] = {{"ok", row.checks_ok}, {"failed", row.checks_failed}, {"last_at", time_json(row.last_check)}};
  out["ejections"] = row.ejections;
  out["latency_ms"] = latency_json(recent, counters, &BackendCounters::response_time);
  return out;
}

void add_backends(const PoolView& pool, const HealthRows& rows, const history::Recent& recent, Json& out) {
  if (!pool.version) return;
  const Entries entries = entries_of(pool);
  for (const balance::PoolVersion::Member& member : pool.version->members) {
    out.push_back(backend_json(pool, member, entries, rows, recent));
  }
}

Json hash_json(const PoolView& pool) {
  if (!pool.version || pool.version->settings.balance != config::Balance::kHash) return nullptr;
  const config::HashBalance& hash = pool.version->settings.hash;
  Json out = Json::object();
  out["by"] = config::request::text_of(hash.key);
  out["method"] = config::hash_method_name(hash.method);
  out["max_load_percent"] = hash.max_load_percent == 0 ? Json(nullptr) : Json(hash.max_load_percent);
  out["named"] = total(*pool.counters, &PoolCounters::hash_named);
  out["next"] = total(*pool.counters, &PoolCounters::hash_next);
  out["keyless"] = total(*pool.counters, &PoolCounters::hash_keyless);
  return out;
}

Json sticky_json(const PoolView& pool) {
  if (!pool.version) return nullptr;
  const std::string by = config::sticky_name(pool.version->settings.sticky);
  if (by.empty()) return nullptr;
  const std::shared_ptr<sticky::table::Store>& sessions = pool.version->sessions;
  return {{"by", by},
          {"stayed", total(*pool.counters, &PoolCounters::stayed)},
          {"moved", total(*pool.counters, &PoolCounters::moved)},
          {"unheld", total(*pool.counters, &PoolCounters::unheld)},
          {"entries", sessions == nullptr ? Json(nullptr) : Json(sessions->sessions().entries())},
          {"size", sessions == nullptr ? Json(nullptr) : Json(sessions->sessions().size())},
          {"kept", sessions == nullptr ? Json(nullptr) : Json(sessions->log() != nullptr)}};
}

Json pool_json(const View& view, const PoolView& pool, const HealthRows& rows) {
  const base::PerWorker<PoolCounters>& counters = *pool.counters;
  Json out = Json::object();
  out["name"] = pool.name;
  out["balance"] = pool.version ? Json(config::balance_name(pool.version->settings.balance)) : Json(nullptr);
  out["hash"] = hash_json(pool);
  out["waiting"] = pool.waiting;
  out["requests"] = total(counters, &PoolCounters::requests);
  out["retries"] = total(counters, &PoolCounters::retries);
  out["retries_refused"] = total(counters, &PoolCounters::retries_refused);
  out["queued"] = total(counters, &PoolCounters::queued);
  out["queue_timeouts"] = total(counters, &PoolCounters::queue_timeouts);
  out["queue_overflows"] = total(counters, &PoolCounters::queue_overflows);
  out["no_backend"] = total(counters, &PoolCounters::no_backend);
  out["protection"] = protection_json(pool);
  out["sticky"] = sticky_json(pool);
  out["backends"] = Json::array();
  out["names"] = names_json(pool, view.names);
  add_backends(pool, rows, *view.recent, out["backends"]);
  return out;
}

}  // namespace

const PoolView* find_pool(const View& view, std::string_view name) {
  for (const PoolView& pool : view.pools) {
    if (pool.name == name) return &pool;
  }
  return nullptr;
}

Json backends_json(const View& view, std::string_view pool_name, std::string_view id) {
  const HealthRows rows(view.health);
  Json out = Json::array();
  const PoolView* pool = find_pool(view, pool_name);
  if (pool == nullptr || !pool->version) return out;
  const Entries entries = entries_of(*pool);
  for (const balance::PoolVersion::Member& member : pool->version->members) {
    if (member.backend->id() == id) out.push_back(backend_json(*pool, member, entries, rows, *view.recent));
  }
  return out;
}

Answer no_such_pool(const View& view, std::string_view name) {
  std::vector<std::string> names;
  for (const PoolView& pool : view.pools) names.emplace_back(pool.name);
  const std::string near = base::suggestion_for(name, names);
  return problem(404, fmt::format("no pool named '{}'{}", name, near));
}

Answer show_pools(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  const HealthRows rows(view.health);
  Json pools = Json::array();
  for (const PoolView& pool : view.pools) pools.push_back(pool_json(view, pool, rows));
  return answer_with("pools", std::move(pools));
}

Answer show_pool(const Daemon& daemon, const Asked& asked) {
  const View view = daemon.view();
  const PoolView* pool = find_pool(view, asked.names[0]);
  if (pool == nullptr) return no_such_pool(view, asked.names[0]);
  return answer_with(pool_json(view, *pool, HealthRows(view.health)));
}

Answer show_backends(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  const HealthRows rows(view.health);
  Json backends = Json::array();
  for (const PoolView& pool : view.pools) add_backends(pool, rows, *view.recent, backends);
  return answer_with("backends", std::move(backends));
}

}  // namespace headgate::proxy::admin::api::resources
