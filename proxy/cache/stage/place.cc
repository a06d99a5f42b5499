#include "proxy/cache/stage/place.h"

#include <sys/uio.h>

#include <span>

#include "proxy/cache/key/vary.h"

namespace headgate::proxy::cache::stage {
namespace {

/// None if a purge has made it so.
memory::Reference find(Store& store, key::Hash hash, std::string_view key, std::size_t worker, bool& is_purged_softly) {
  memory::Reference entry = store.memory().find(hash, key, static_cast<std::uint32_t>(worker));
  if (!entry) return entry;
  const purge::Verdict verdict = entry.judge(store.book());
  is_purged_softly = verdict == purge::Verdict::kStale;
  if (verdict != purge::Verdict::kGone) [[likely]]
    return entry;
  store.memory().remove(entry);
  return {};
}

}  // namespace

std::string_view text_of(const memory::Reference& marker) {
  iovec piece{};
  if (marker.body().gather(0, marker.body().published(), std::span(&piece, 1)) == 0) return {};
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

void look_up(const RouteCache& cache, const wire::http::RequestHead& request, bool secure, std::size_t worker,
             base::Arena& arena, Place& place) {
  Store& store = *cache.store;
  place.marker = Marker();
  place.is_purged_softly = false;
  place.key = place.primary = key::primary_key(cache.recipe, request, secure, arena);
  place.hash = place.primary_hash = store.hash_of(place.primary);
  place.entry = find(store, place.hash, place.key, worker, place.is_purged_softly);
  if (!place.entry || place.entry.record().status() != kMarkerStatus) return;
  place.marker = Marker(arena.copy(text_of(place.entry)));
  const std::string_view values =
      key::variant_values(place.marker.names(), request.fields, cache.recipe.codings, arena);
  place.key = arena.concat({place.primary, values, place.marker.word()});
  place.hash = store.hash_of(place.key);
  place.entry = find(store, place.hash, place.key, worker, place.is_purged_softly);
}

Marker marker_at(const RouteCache& cache, std::string_view primary, std::size_t worker, base::Arena& arena) {
  bool is_purged_softly = false;
  const memory::Reference there = find(*cache.store, cache.store->hash_of(primary), primary, worker, is_purged_softly);
  return there && there.record().status() == kMarkerStatus ? Marker(arena.copy(text_of(there))) : Marker();
}

std::string_view url_of(std::string_view primary_key) {
  std::size_t end = primary_key.find('\n');
  while (end != primary_key.npos && end + 1 < primary_key.size() &&
         (primary_key[end + 1] == '&' || primary_key[end + 1] == ';')) {
    end = primary_key.find('\n', end + 1);
  }
  return primary_key.substr(0, end);
}

}  // namespace headgate::proxy::cache::stage
