#pragma once
#include <string>

#include "proxy/explain/explanation.h"
#include "proxy/explain/text_layout.h"

namespace headgate::proxy::explain {

/// The explanation for a person: step by step in the order in which they are taken, within the style's columns. Of many
/// routes and backends those that matter most are shown, and the rest counted.
std::string text_of(const Explanation& explanation, const TextStyle& style);

/// Of a pool's backends so many are shown.
inline constexpr std::size_t kBackendsShown = 16;

}  // namespace headgate::proxy::explain
