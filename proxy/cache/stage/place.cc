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

Place place_of(const RouteCache& cache, const wire::http::RequestHead& request, bool secure, std::size_t worker,
               base::Arena& arena) {
  Place out;
  Store& store = *cache.store;
  out.key = out.primary = key::primary_key(cache.recipe, request, secure, arena);
  out.hash = out.primary_hash = store.hash_of(out.primary);
  out.entry = find(store, out.hash, out.key, worker, out.is_purged_softly);
  if (!out.entry || out.entry.record().status() != kMarkerStatus) return out;
  out.marker = Marker(arena.copy(text_of(out.entry)));
  const std::string_view values = key::variant_values(out.marker.names(), request.fields, cache.recipe.codings, arena);
  out.key = arena.concat({out.primary, values, out.marker.word()});
  out.hash = store.hash_of(out.key);
  out.entry = find(store, out.hash, out.key, worker, out.is_purged_softly);
  return out;
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
