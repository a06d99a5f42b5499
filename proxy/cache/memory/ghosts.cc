#include "proxy/cache/memory/ghosts.h"

#include <algorithm>
#include <bit>
#include <new>

namespace headgate::proxy::cache::memory {
namespace {

std::uint32_t print_of(std::uint64_t key_hash) {
  return static_cast<std::uint32_t>(key_hash);
}

}  // namespace

// Half again as many places as keys: sets fill unevenly, and a full one forgets its oldest before its time.
Ghosts::Ghosts(std::size_t keys_max)
    : sets_(std::max<std::size_t>(1, (keys_max + keys_max / 2 + kWays - 1) / kWays)),
      keys_max_(keys_max),
      // Not a vector, which writes zeros all over it: those of the kernel's pages are there already.
      places_(static_cast<Place*>(std::calloc(sets_ * kWays, sizeof(Place)))) {
  if (places_ == nullptr) throw std::bad_alloc();
}

Ghosts::Place* Ghosts::set_of(std::uint64_t key_hash) {
  const std::uint64_t set = ((key_hash >> 32) * sets_) >> 32;
  return &places_[set * kWays];
}

void Ghosts::add(std::uint64_t key_hash) {
  if (++now_ == 0) {  // after 4 billion: all times would be wrong
    std::fill_n(places_.get(), sets_ * kWays, Place{});
    now_ = 1;
  }
  Place* set = set_of(key_hash);
  Place* oldest = std::min_element(set, set + kWays, [](const Place& a, const Place& b) { return a.added < b.added; });
  *oldest = Place{print_of(key_hash), now_};
}

bool Ghosts::take(std::uint64_t key_hash, std::size_t window) {
  window = std::min(window, keys_max_);
  Place* set = set_of(key_hash);
  for (Place* place = set; place != set + kWays; ++place) {
    if (place->added == 0 || place->print != print_of(key_hash)) continue;
    const bool recent = now_ - place->added < window;
    *place = Place{};
    return recent;
  }
  return false;
}

}  // namespace headgate::proxy::cache::memory
