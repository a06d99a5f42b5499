#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/balance/choose/hash_table.h"

namespace headgate::proxy::balance::choose {

/// The same member for the same key, as long as it may be taken and has not more to do than its part of the load; else
/// the next in the key's order (consistent hashing with bounded loads: Mirrokni, Thorup, Zadimoghaddam 2018).
struct ByHash {
  /// Members of a key's order that are looked at before any that may be taken will do.
  static constexpr std::uint32_t kProbesMax = 64;

  /// The tables of the levels that serve (levels.h), each for the keys that a draw by the key puts below `until`.
  struct Part {
    std::uint32_t until = 0;
    std::shared_ptr<const HashTable> table;
  };
  std::vector<Part> parts;             ///< empty: no member has a weight
  std::uint32_t max_load_percent = 0;  ///< of a member's share of the requests under way; 0: no bound
  std::uint64_t weight_in_all = 0;     ///< of the candidates

  /// Null: no member has a weight.
  const HashTable* table_of(std::uint64_t hash) const {
    if (parts.size() == 1) [[likely]]
      return parts.front().table.get();
    if (parts.empty()) return nullptr;
    constexpr std::uint64_t kOtherBits = 0x6c62272e07bb0142;  // not those by which a table places the key
    const std::uint64_t draw = mixed(hash ^ kOtherBits) % parts.back().until;
    std::size_t part = 0;
    while (draw >= parts[part].until) ++part;
    return parts[part].table.get();
  }

  /// The requests that a member of this weight may have under way while the pool has `in_flight`, the new one included.
  std::uint64_t bound_of(std::uint64_t weight, std::uint64_t in_flight) const {
    if (max_load_percent == 0) return ~std::uint64_t{0};
    constexpr std::uint64_t kWhole = 100;
    const std::uint64_t divisor = weight_in_all * kWhole;
    return (in_flight * weight * max_load_percent + divisor - 1) / divisor;
  }
};

}  // namespace headgate::proxy::balance::choose
