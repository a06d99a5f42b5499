#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "proxy/cache/memory/reference.h"
#include "proxy/cache/stage/route_cache.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::stage {

/// A record with this status, which no answer that is stored has, is the marker of the variants at its key: its body
/// says by what they are told apart.
inline constexpr std::uint16_t kMarkerStatus = 100;

/// By what the variants at a key are told apart. Each marker that is made anew has a word of its own, which is in the
/// keys of its variants: when a marker is gone so are they, for a purge of the URI, or another marker in its place,
/// knows nothing of them.
class Marker {
 public:
  static constexpr std::size_t kWordBytes = 10;  ///< '\n', '#' and eight hex digits

  Marker() = default;
  explicit Marker(std::string_view text) : text_(text) {}
  bool empty() const { return text_.empty(); }
  std::string_view text() const { return text_; }
  std::string_view word() const { return text_.substr(0, kWordBytes); }
  /// What proxy/cache/key made.
  std::string_view names() const { return text_.size() < kWordBytes ? std::string_view() : text_.substr(kWordBytes); }

 private:
  std::string_view text_;
};

/// Where the answer to a request lies, and whether it is there. Texts are the arena's.
struct Place {
  std::string_view primary;  ///< the primary key
  Marker marker;             ///< what lies there, of variants; empty: nothing, or an answer
  std::string_view key;      ///< where the answer is: the primary key, and what the request's fields add
  key::Hash primary_hash;
  key::Hash hash;  ///< of `key`
  memory::Reference entry;
  bool is_purged_softly = false;
};

/// What was purged counts as gone, and goes. `place` may be one that was used before.
void look_up(const RouteCache& cache, const wire::http::RequestHead& request, bool secure, std::size_t worker,
             base::Arena& arena, Place& place);

/// The same, for who looks once.
inline Place place_of(const RouteCache& cache, const wire::http::RequestHead& request, bool secure, std::size_t worker,
                      base::Arena& arena) {
  Place out;
  look_up(cache, request, secure, worker, arena, out);
  return out;
}

/// The marker at a primary key, copied; empty: there is none.
Marker marker_at(const RouteCache& cache, std::string_view primary, std::size_t worker, base::Arena& arena);

/// What of a key a purge by URL names: the URI, and the parameters that the recipe chose.
std::string_view url_of(std::string_view primary_key);

/// The bytes of a marker's body.
std::string_view text_of(const memory::Reference& marker);

}  // namespace headgate::proxy::cache::stage
