#pragma once
#include <optional>
#include <string_view>

#include "base/ascii.h"

namespace headgate::wire::http {

inline constexpr int kFullWeight = 1000;

/// Thousandths of a qvalue (RFC 9110 section 12.4.2): 0 to 1 with at most three decimals; nothing if it is none.
inline std::optional<int> parse_qvalue(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * kFullWeight;
  text.remove_prefix(1);
  if (text.empty()) return weight;
  if (text[0] != '.' || text.size() > 4) return std::nullopt;
  int unit = kFullWeight / 10;
  for (const char digit : text.substr(1)) {
    if (!base::is_digit(digit)) return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  if (weight > kFullWeight) return std::nullopt;
  return weight;
}

}  // namespace headgate::wire::http
