#include "proxy/cache/stage/purging.h"

#include <algorithm>

#include "base/ascii.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/cache/rules/invalidation.h"
#include "proxy/cache/stage/place.h"

namespace headgate::proxy::cache::stage {
namespace {

/// Without a look at the request's fields the key is known.
bool is_plain(const key::Recipe& recipe) {
  return recipe.headers.empty() && recipe.cookies.empty() && !recipe.has_method;
}

}  // namespace

void invalidate(const RouteCache& cache, const wire::http::RequestHead& asked, bool secure,
                const wire::http::ResponseHead& answer, std::size_t worker, base::Arena& arena) {
  const rules::Invalidated invalidated = rules::invalidated_by(asked, secure, answer, arena);
  Store& store = *cache.store;
  for (std::size_t i = 0; i < invalidated.count; ++i) {
    const std::string_view primary = key::primary_key(cache.recipe, invalidated.uris[i], secure, arena);
    const key::Hash hash = store.hash_of(primary);
    // The book has a bound: what is not there, and not on its way, needs no place in it.
    const bool is_there = !is_plain(cache.recipe) || store.flights().has(hash) ||
                          store.memory().find(hash, primary, static_cast<std::uint32_t>(worker)) ||
                          (store.disk() != nullptr && store.disk()->might_have(hash));
    if (!is_there) continue;
    store.purge(purge::Purge::of_url(purge::subject_hash(url_of(primary)), false));
    cache.counters->of(worker).invalidated.add();
  }
}

bool may_purge(const RouteCache& cache, const base::IpAddress& client) {
  return std::ranges::any_of(cache.purge, [&](const base::IpNetwork& network) { return network.contains(client); });
}

purge::Purge purge_of(const RouteCache& cache, const wire::http::RequestHead& asked, bool secure, base::Arena& arena) {
  const wire::http::Field* const how = asked.fields.find("Headgate-Purge");
  const bool is_soft = how != nullptr && base::equals_ignoring_case(how->value, "soft");
  const std::string_view primary = key::primary_key(cache.recipe, asked, secure, arena);
  return purge::Purge::of_url(purge::subject_hash(url_of(primary)), is_soft);
}

}  // namespace headgate::proxy::cache::stage
