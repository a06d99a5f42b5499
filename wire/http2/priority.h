#pragma once
#include <cstdint>
#include <string_view>

#include "wire/http/field.h"

namespace headgate::wire::http2 {

/// RFC 9218 section 4: who is served first, and whether answers of the same urgency share what there is.
struct Priority {
  std::uint8_t urgency = 3;  ///< 0 to 7, 0 first
  bool incremental = false;
  friend bool operator==(const Priority&, const Priority&) = default;
};

/// What a Priority field says, laid over what held before: a parameter that it does not have, or whose value is none,
/// stays as it was (sections 4 and 8).
Priority laid_over(Priority before, std::string_view field_value);

/// The value of a head's Priority field; null data: it has none.
std::string_view priority_field_of(const http::Fields& fields);

}  // namespace headgate::wire::http2
