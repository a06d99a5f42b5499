#include "proxy/explain/wish/hash_part.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "proxy/balance/hash/client_key.h"
#include "proxy/message/request_key.h"
#include "proxy/origin/hash_key.h"

namespace headgate::proxy::explain::wish {
namespace {

using balance::Forecast;
using balance::choose::Place;
using By = config::request::Key::By;

void note(const config::Pool& pool, std::optional<std::uint64_t> key, std::string value, Explanation& out) {
  PoolWish& noted = out.wishes.emplace_back();
  noted.pool = pool.name;
  noted.wish.key = key;
  HashPart& part = noted.hash.emplace();
  part.by = config::request::text_of(pool.hash.key);
  part.method = config::hash_method_name(pool.hash.method);
  part.max_load_percent = pool.hash.max_load_percent;
  part.value = std::move(value);
  if (key) part.key = fmt::format("{:016x}", *key);
}

/// Why a backend to which the key came was not taken.
std::string why_passed(const Forecast::Member& row, const BackendPart& backend) {
  if (row.place != Place::kCandidate) return backend.why_not;
  if (!row.takes_key) return fmt::format("it takes {}% of its keys for now", row.key_percent);
  if (row.is_full) return "it has its max_requests";
  if (row.bound != 0 && row.requests_in_flight >= row.bound) {
    return fmt::format("it has its max_load, {} requests under way of at most {}", row.requests_in_flight, row.bound);
  }
  return "";
}

std::string place_text(std::uint32_t order) {
  if (order == 0) return "the key names it";
  return order == 1 ? "next in the key's order" : fmt::format("place {} in the key's order", order + 1);
}

}  // namespace

void note_key(const config::Pool& pool, const message::Request& request, Explanation& out) {
  if (pool.balance != config::Balance::kHash) return;
  std::string value(message::key_text_of(pool.hash.key, request.head));
  if (pool.hash.key.by == By::kClient) value = request.client.subscriber_text();
  const bool has_query = pool.hash.key.by == By::kUri && !request.head.query.empty();
  if (has_query) value.append("?").append(request.head.query);
  note(pool, origin::hash_key_of(pool, request), std::move(value), out);
}

void note_key(const config::Pool& pool, const base::IpAddress& client, Explanation& out) {
  if (pool.balance != config::Balance::kHash) return;
  note(pool, balance::hash::client_key_of(pool, client), client.subscriber_text(), out);
}

void settle_key(Explanation& explanation, const PoolView& view) {
  PoolPart& pool = *explanation.pool;
  const auto noted = std::ranges::find(explanation.wishes, pool.name, &PoolWish::pool);
  explanation.hash.reset();
  if (noted == explanation.wishes.end() || !noted->hash) return;
  HashPart& hash = explanation.hash.emplace(*noted->hash);
  if (view.forecasts.empty() || pool.candidates == 0) return;
  if (!noted->wish.key) {
    pool.why = fmt::format("the request lacks {}, by which the pool hashes: any will do, by weight", hash.by);
    return;
  }
  const std::vector<Forecast::Member>& rows = view.forecasts.front().members;
  std::string moved;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BackendPart& backend = pool.backends[i];
    if (rows[i].key_order == balance::choose::kNoMember) continue;
    backend.score = place_text(rows[i].key_order);
    const bool is_taken = backend.chance_percent > 0;
    const std::string passed = is_taken ? "" : why_passed(rows[i], backend);
    if (!passed.empty()) backend.why_not = passed;
    if (rows[i].key_order != 0) continue;
    hash.named = backend.id;
    if (!is_taken && !passed.empty()) moved = fmt::format("{}, which it names, is passed over: {}", backend.id, passed);
  }
  const std::string key = fmt::format("the hash of {} '{}'", hash.by, hash.value);
  if (pool.takes.empty()) return;
  if (moved.empty()) {
    pool.why = key + " names it";
  } else {
    pool.why = fmt::format("{}: {}; this is the next in the key's order", key, moved);
  }
}

}  // namespace headgate::proxy::explain::wish
