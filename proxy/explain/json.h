#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/explain/explanation.h"

namespace headgate::proxy::explain {

/// The explanation as JSON, members in the order of the types; parts that there are not are null. Indented by `indent`
/// spaces, or on one line if it is negative. Bytes that are no UTF-8 become U+FFFD.
std::string json_of(const Explanation& explanation, int indent = 2);

/// Back again, for who got it over a socket. Members that are missing keep their defaults, so that a daemon of another
/// version is understood; fails on what is no JSON object or has a member of another type.
base::Result<Explanation> explanation_from(std::string_view json);

}  // namespace headgate::proxy::explain
