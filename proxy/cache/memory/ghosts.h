#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace headgate::proxy::cache::memory {

/// The keys that were discarded lately, without anything else of them: 8 bytes a key. Which of two keys it means it
/// tells by 32 bits of their hash, within sets of eight; a mistake costs a place in the wrong queue and no more. Memory
/// becomes the process's only as keys are added.
class Ghosts {
 public:
  /// Remembers the last `keys_max` at most.
  explicit Ghosts(std::size_t keys_max);

  void add(std::uint64_t key_hash);
  /// Whether the key is among the last `window` that were added, and forgets it if so.
  bool take(std::uint64_t key_hash, std::size_t window);

  std::size_t bytes() const { return sets_ * kWays * sizeof(Place); }

 private:
  static constexpr std::size_t kWays = 8;
  struct Place {
    std::uint32_t print;
    std::uint32_t added;  // by now_, 0: nothing is here
  };
  struct Free {
    void operator()(Place* places) const { std::free(places); }
  };
  Place* set_of(std::uint64_t key_hash);

  std::size_t sets_;
  std::size_t keys_max_;
  std::unique_ptr<Place[], Free> places_;
  std::uint32_t now_ = 0;
};

}  // namespace headgate::proxy::cache::memory
