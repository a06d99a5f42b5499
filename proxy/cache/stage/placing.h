#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "proxy/cache/memory/writer.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/stage/place.h"
#include "proxy/cache/stage/tier/to_disk.h"

namespace headgate::proxy::cache::stage {

/// An answer that was judged storable, on its way into a store.
struct Placing {
  const RouteCache& cache;
  std::string_view primary;  ///< the request's primary key
  Marker marker;             ///< what lay there
  const rules::Fetched& fetched;
  const rules::Storing& storing;
  std::uint64_t sequence;  ///< of the purge book, before the fetch
  std::size_t worker;
  base::Arena& arena;
};

/// Begins its entry and writes the marker of its variants. None where it can not be told
/// apart, or there is no room. `length` of the body, or Body::kUnknown.
memory::Writer begin_entry(const Placing& placing, std::uint64_t length, memory::Visibility visibility,
                           const std::shared_ptr<flight::Flight>& flight);

/// What the disk needs of an answer whose body does not go through memory; writes the marker of its variants. None
/// where it can not be told apart.
std::optional<tier::ToDisk::Material> material_for_disk(const Placing& placing, std::uint64_t length);

/// The entry in place of `old`, with the fields of `fetched` and the same body. None where `old` is gone, or goes since
/// it varies by something else now: then it would be found by requests that it is not for.
memory::Reference refresh_entry(const Placing& placing, const memory::Reference& old);

}  // namespace headgate::proxy::cache::stage
