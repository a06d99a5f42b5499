#pragma once
#include <cstdint>

#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::stage {

/// Frees, little by little, the memory of what was purged and that nobody asks for any more. What somebody asks for is
/// found to be purged then, swept or not. For one thread.
class Sweeper {
 public:
  /// Entries that are looked at under one hold of the store's lock, and in one step.
  static constexpr std::uint32_t kSlotsALock = 256;
  static constexpr std::uint32_t kSlotsAStep = 4096;

  Sweeper(memory::MemoryStore& memory, const purge::Book& book) : memory_(memory), book_(book) {}

  /// False: there is nothing to sweep before the next purge.
  bool step();

 private:
  memory::MemoryStore& memory_;
  const purge::Book& book_;
  std::uint64_t swept_up_to_ = 0;  // or is being swept up to
  std::uint32_t cursor_ = 0;
  std::uint32_t left_ = 0;  // of this round
};

}  // namespace headgate::proxy::cache::stage
