#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "proxy/cache/key/values.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::key {

/// What a route's `cache.key` makes the key of, beside scheme, host, port and path.
struct Recipe {
  /// `query`: the parameters that count, in this order; absent: the whole query as it came.
  std::optional<std::vector<std::string>> query;
  std::vector<std::string> headers;  ///< `headers`: fields whose values (as values.h has them) count
  std::vector<std::string> cookies;  ///< `cookies`: those whose values count
  bool has_method = false;           ///< `method`: GET and HEAD apart
  Codings codings;                   ///< `codings`: what Accept-Encoding is reduced to, here and for Vary
};

/// The key under which the answer to a request lies: "https://example.com:8443/path?query", and below it a line for
/// each thing that the recipe adds. Two requests have the same key only if all of that is the same; no byte of a
/// request can pass for another part of the key, since none can hold a line's end. Taken from `arena`; a whole URI
/// costs one copy.
///
/// The host is in lower case and stands without a default port; the path is as parse_target() normalised it, which is
/// also what the backend gets. `secure`: the request came over TLS; many origins answer the other scheme with a
/// redirect.
///
/// Of the chosen parameters every occurrence counts, raw, also where its name is written with escapes, and also where a
/// ';' stands before it: backends differ in which they take, so that what is left out of the key could otherwise be
/// made to matter.
std::string_view primary_key(const Recipe& recipe, const wire::http::RequestHead& request, bool secure,
                             base::Arena& arena);

struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash&, const Hash&) = default;
};
/// XXH3, 128 bits. Finds a key, and does not stand for it: keys are compared. `seed` is the process's own, so that
/// nobody outside can choose keys that meet.
Hash hash_of(std::string_view key, std::uint64_t seed);

}  // namespace headgate::proxy::cache::key
