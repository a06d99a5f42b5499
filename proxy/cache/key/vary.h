#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "proxy/cache/key/values.h"
#include "wire/http/field.h"

// What Vary adds to a key (RFC 9111 section 4.1). At the primary key lies a marker, the names that answers vary by; the
// answers lie at the marker's variant keys.
//
//     storing:   key::Stored variant = *key::variant_of_stored(marker there or "", request, response, codings, arena)
//                put variant.marker at the primary key, the answer at arena.concat({primary, variant.values})
//     looking up: marker at the primary key -> arena.concat({primary, key::variant_values(marker, request, codings,
//     arena)})
namespace headgate::proxy::cache::key {

inline constexpr std::size_t kVaryNamesMax = 16;  ///< more names than this, and the answer is not stored
inline constexpr std::size_t kVaryLanguagesMax =
    16;  ///< more languages, and no further ones are told apart by Content-Language
inline constexpr std::size_t kVaryBytesMax = 1024;  ///< of all names together

/// Vary of a response in one spelling: lower case, sorted, each name once, "accept,accept-encoding". Empty if it has
/// none; nothing for "*" and beyond the bounds, which can not be reused (section 4.1).
std::optional<std::string_view> vary_names(const wire::http::Fields& response, base::Arena& arena);

struct Stored {
  /// What to keep at the primary key: the names, and after a '\n' the languages (Content-Language) in which answers
  /// came.
  std::string_view marker;
  std::string_view values;  ///< what to add to the primary key for this answer; empty if it does not vary
};

/// Where an answer is to lie that came for `request`. `marker` is the one that lies at the primary key, empty if none
/// does; if it has other names, the new one replaces it, and what lay under the old one is not found any more. Nothing
/// if the answer can not be told apart: vary_names() has nothing, or it varies by Accept-Encoding and came in a coding
/// that is not among `codings`.
std::optional<Stored> variant_of_stored(std::string_view marker, const wire::http::Fields& request,
                                        const wire::http::Fields& response, const Codings& codings, base::Arena& arena);

/// What to add to the primary key for a request. For one and the same request it is what variant_of_stored() said with
/// the marker that it gave. Accept-Language is replaced by the one language among the marker's that the request wants
/// most, if there is exactly one such.
std::string_view variant_values(std::string_view marker, const wire::http::Fields& request, const Codings& codings,
                                base::Arena& arena);

}  // namespace headgate::proxy::cache::key
