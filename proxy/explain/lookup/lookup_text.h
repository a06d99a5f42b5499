#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/explain/lookup/lookup.h"
#include "proxy/explain/text_layout.h"

namespace headgate::proxy::explain::lookup {

/// For a person, of so many columns.
std::string text_of(const Lookup& lookup, const TextStyle& style);

/// As explain/json.h has it.
std::string json_of(const Lookup& lookup, int indent = 2);
base::Result<Lookup> lookup_from(std::string_view json);

}  // namespace headgate::proxy::explain::lookup
