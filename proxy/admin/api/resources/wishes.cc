#include <fmt/format.h>

#include "base/suggest.h"
#include "proxy/admin/api/members.h"
#include "proxy/admin/api/resources/pools.h"
#include "proxy/admin/api/resources/resources.h"

// What an operator wishes of a backend.
namespace headgate::proxy::admin::api::resources {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kOverMax = 24h;

/// An id that no backend of the pool has, nor any pool that name.
Answer no_such_backend(const View& view, std::string_view pool_name, std::string_view id) {
  const PoolView* pool = find_pool(view, pool_name);
  if (pool == nullptr) return no_such_pool(view, pool_name);
  std::vector<std::string> ids;
  if (pool->version) {
    for (const balance::PoolVersion::Member& member : pool->version->members) ids.push_back(member.backend->id());
  }
  return problem(404, fmt::format("pool {} has no backend '{}'{}", pool_name, id, base::suggestion_for(id, ids)));
}

/// Tells health, and shows the backends as they are then.
Answer tell(const Daemon& daemon, const Asked& asked, Members& members, health::Wish wish) {
  wish.why = members.text("why", kWhyBytesMax).value_or("");
  if (std::optional<Answer> refused = members.refusal()) return std::move(*refused);
  const std::string& pool = asked.names[0];
  const std::string& id = asked.names[1];
  switch (daemon.actions->wish(pool, id, wish)) {
    case health::WishOutcome::kTaken:
      break;
    case health::WishOutcome::kNoSuchBackend:
      return no_such_backend(daemon.view(), pool, id);
    case health::WishOutcome::kNotEnabled:
      return problem(409, fmt::format("backend {} is draining or disabled; enable it first", id));
  }
  Json backends = backends_json(daemon.view(), pool, id);
  if (backends.size() == 1) return answer_with(std::move(backends[0]));
  return answer_with("backends", std::move(backends));
}

}  // namespace

Answer drain_backend(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  const base::Duration over = members.duration("over", 0s, kOverMax).value_or(0s);
  return tell(daemon, asked, members, {.kind = health::Wish::Kind::kDrain, .over = over});
}

Answer enable_backend(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  const base::Duration over = members.duration("over", 0s, kOverMax).value_or(0s);
  return tell(daemon, asked, members, {.kind = health::Wish::Kind::kEnable, .over = over});
}

Answer disable_backend(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  return tell(daemon, asked, members, {.kind = health::Wish::Kind::kDisable});
}

Answer weigh_backend(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  const std::uint32_t percent = members.number("percent", 0, 100).value_or(0);
  members.require("percent", R"({"percent": 50})");
  const base::Duration over = members.duration("over", 0s, kOverMax).value_or(0s);
  return tell(daemon, asked, members, {.kind = health::Wish::Kind::kWeight, .percent = percent, .over = over});
}

}  // namespace headgate::proxy::admin::api::resources
