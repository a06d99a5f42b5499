#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace headgate::proxy::cache::memory {

/// The keys that were discarded lately, without anything else of them: 8 bytes a key. Which of two keys it means it
/// tells by 32 bits of their hash, within sets of eight; a mistake costs a place in the wrong queue and no more.
class Ghosts {
 public:
  /// Remembers the last `keys_max` at most.
  explicit Ghosts(std::size_t keys_max);

  void add(std::uint64_t key_hash);
  /// Whether the key is among the last `window` that were added, and forgets it if so.
  bool take(std::uint64_t key_hash, std::size_t window);

  std::size_t bytes() const { return places_.size() * sizeof(Place); }

 private:
  static constexpr std::size_t kWays = 8;
  struct Place {
    std::uint32_t print = 0;
    std::uint32_t added = 0;  // by now_, 0: nothing is here
  };
  Place* set_of(std::uint64_t key_hash);

  std::vector<Place> places_;
  std::size_t sets_;
  std::size_t keys_max_;
  std::uint32_t now_ = 0;
};

}  // namespace headgate::proxy::cache::memory
