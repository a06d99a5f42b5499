#pragma once
#include <span>
#include <variant>

#include "proxy/balance/choose/maglev.h"
#include "proxy/balance/choose/ring.h"

namespace headgate::proxy::balance::choose {

/// One of the two, as a pool is configured. Immutable, and shared by all workers.
class HashTable {
 public:
  enum class Method : std::uint8_t { kMaglev, kRing };
  HashTable(Method method, std::span<const HashMember> members)
      : table_(method == Method::kMaglev ? std::variant<Maglev, Ring>(std::in_place_type<Maglev>, members)
                                         : std::variant<Maglev, Ring>(std::in_place_type<Ring>, members)) {}

  bool empty() const {
    return std::visit([](const auto& table) { return table.empty(); }, table_);
  }
  /// As of Maglev and Ring.
  std::uint32_t at(std::uint64_t hash, std::uint32_t probe) const {
    if (const Maglev* maglev = std::get_if<Maglev>(&table_)) [[likely]]
      return maglev->at(hash, probe);
    return std::get_if<Ring>(&table_)->at(hash, probe);
  }

 private:
  std::variant<Maglev, Ring> table_;
};

}  // namespace headgate::proxy::balance::choose
