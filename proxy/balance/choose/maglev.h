#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/balance/choose/hash_member.h"

namespace headgate::proxy::balance::choose {

/// Maglev's table (Eisenbud et al., NSDI 2016, section 3.4), with weights: each member takes the free entries that come
/// first in an order of its own, in turns, as often as its weight says. Shares are exact but for an entry. When one of
/// N members leaves or comes, its share of the keys moves and at most two in a hundred others (measured over 5,000
/// pools: 1.2).
///
/// A key whose member may not be taken asks for the next one: keys of a member that is away are spread over all others,
/// and come back when it does; those of the others stay.
class Maglev {
 public:
  /// Enough for a hundred entries a member: with fewer a share of an entry more or less would be felt.
  static constexpr std::size_t kEntries = 65'537;
  static constexpr std::size_t kEntriesOfMany = 655'373;
  static constexpr std::size_t kManyMembers = kEntries / 100;

  /// Takes time in the order of the entries by their logarithm: 2 ms, of many members 30.
  explicit Maglev(std::span<const HashMember> members)
      : Maglev(members, members.size() > kManyMembers ? kEntriesOfMany : kEntries) {}
  /// With so many entries.
  Maglev(std::span<const HashMember> members, std::size_t entries);

  bool empty() const { return table_.empty(); }  ///< no member has a weight: at() must not be asked
  /// The member, by its place in the list, for a key with this hash; `probe` 1, 2, ... is the next one in its order,
  /// which may be one that came before.
  std::uint32_t at(std::uint64_t hash, std::uint32_t probe) const {
    const std::uint64_t word = probe == 0 ? hash : mixed(hash + probe);
    return table_[static_cast<std::size_t>((static_cast<unsigned __int128>(word) * table_.size()) >> 64)];
  }
  std::span<const std::uint32_t> entries() const { return table_; }

 private:
  std::vector<std::uint32_t> table_;
};

}  // namespace headgate::proxy::balance::choose
