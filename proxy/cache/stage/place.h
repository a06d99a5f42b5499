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

/// Where the answer to a request lies, and whether it is there. Texts are the arena's.
struct Place {
  std::string_view primary;  ///< the primary key
  std::string_view marker;   ///< what lies there, of variants; empty: nothing, or an answer
  std::string_view key;      ///< where the answer is: the primary key, and what the request's fields add
  key::Hash primary_hash;
  key::Hash hash;  ///< of `key`
  memory::Reference entry;
  bool is_purged_softly = false;
};

/// What was purged counts as gone, and goes.
Place place_of(const RouteCache& cache, const wire::http::RequestHead& request, bool secure, std::size_t worker,
               base::Arena& arena);

/// What of a key a purge by URL names: the URI, and the parameters that the recipe chose.
std::string_view url_of(std::string_view primary_key);

/// The bytes of a marker's body.
std::string_view text_of(const memory::Reference& marker);

}  // namespace headgate::proxy::cache::stage
