#pragma once
#include <cstdint>

namespace headgate::proxy::balance::choose {

/// A member as a table of hashes knows it. The same `id` and weight have the same place in every table, whatever the
/// order in which members are listed, on every worker, every instance and after every restart.
struct HashMember {
  std::uint64_t id = 0;      ///< a hash of what names it; two with the same one are told apart by nothing
  std::uint32_t weight = 1;  ///< 0: it gets no keys
  friend bool operator==(const HashMember&, const HashMember&) = default;
};

/// One word from another, every bit of the one depending on every bit of the other: splitmix64's (Steele, Lea, Flood
/// 2014). Written out, since tables must not change with a library.
constexpr std::uint64_t mixed(std::uint64_t word) {
  word += 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

}  // namespace headgate::proxy::balance::choose
