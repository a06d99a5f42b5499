#pragma once
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

// xxHash is made to be inlined where keys are as short as host names and paths.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace headgate::proxy::route {

inline std::uint64_t hash_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

/// A hash that depends on `owner` as well, for keys that are unique only within it.
constexpr std::uint64_t hash_within(std::uint32_t owner, std::uint64_t hash) {
  std::uint64_t mixed = hash + owner * 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  mixed ^= mixed >> 32;
  return mixed * 0xd6e8feb86659fd93;
}

/// Hash -> number, built once and then only read. At most half full, so a look-up costs the same for 10 entries as for
/// 10,000. Different keys may share a hash: the caller says which entry it means.
class FlatTable {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  using Entry = std::pair<std::uint64_t, std::uint32_t>;

  FlatTable() : FlatTable(std::vector<Entry>{}) {}
  explicit FlatTable(const std::vector<Entry>& entries)
      : slots_(std::bit_ceil(entries.size() * 2 + 2)), mask_(slots_.size() - 1) {
    for (const auto& [hash, number] : entries) {
      std::size_t at = hash & mask_;
      while (slots_[at].number != kNone) at = (at + 1) & mask_;
      slots_[at] = Slot{tag_of(hash), number};
    }
  }

  /// The first number under `hash` for which `is_it(number)` holds, or kNone.
  template <class IsIt>
  std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone) return kNone;
      if (slot.tag == tag_of(hash) && is_it(slot.number)) return slot.number;
    }
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = kNone;
  };
  static constexpr std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace headgate::proxy::route
