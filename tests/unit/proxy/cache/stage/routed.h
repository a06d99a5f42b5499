#pragma once
#include <memory>
#include <string>

#include "base/arena.h"
#include "proxy/cache/stage/place.h"
#include "proxy/cache/stage/placing.h"
#include "tests/unit/proxy/cache/rules/heads.h"

// What the tests of proxy/cache/stage share: a store of one worker, a route's cache on it, and answers put into it.
namespace headgate::proxy::cache::stage::testing {

using rules::testing::kThen;

class Routed {
 public:
  explicit Routed(std::uint64_t memory = 1 << 20) {
    config::CacheStore settings;
    settings.name = "edge";
    settings.memory = memory;
    cache.store = *Store::open(settings, 1, 42, [](std::size_t, const std::function<void()>& mail) { mail(); });
    cache.counters = std::make_shared<base::PerWorker<Counters>>(1);
    cache.tags_from = {"Surrogate-Key"};
    flight = cache.store->flights().alone(0);
  }

  Store& store() { return *cache.store; }
  Place find(const rules::testing::Pair& pair) { return place_of(cache, pair.request, false, 0, arena); }

  /// Begins an entry of the pair's answer, as it would be at kThen, with `since` of the purge book.
  memory::Writer begin(const rules::testing::Pair& pair, std::uint64_t length, std::uint64_t since,
                       memory::Visibility visibility = memory::Visibility::kAtOnce) {
    const rules::Fetched fetched = pair.fetched();
    const rules::Storing storing = rules::judge_storing(fetched, cache.policy);
    if (!storing.store) return {};
    const Place place = find(pair);
    return begin_entry({cache, place.primary, place.marker, fetched, storing, since, 0, arena}, length, visibility,
                       flight);
  }
  bool put(const rules::testing::Pair& pair, std::string_view body) {
    memory::Writer writer = begin(pair, body.size(), store().book().sequence());
    if (!writer) return false;
    writer.append(body);
    const void* const grown = &writer.entry().body();
    const bool is_stored = writer.finish();
    store().flights().grown(grown);
    return is_stored;
  }

  RouteCache cache;
  base::Arena arena;
  std::shared_ptr<flight::Flight> flight;
};

inline std::string body_of(const memory::Reference& entry) {
  return entry ? std::string(text_of(entry)) : std::string("nothing");
}

}  // namespace headgate::proxy::cache::stage::testing
