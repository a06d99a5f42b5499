#include "wire/coding/kept_blocks.h"

#include <new>
#include <utility>

namespace headgate::wire::coding {

void* KeptBlocks::take(std::size_t bytes) {
  Block* best = nullptr;
  for (Block& block : blocks_) {
    const bool fits = !block.in_use && block.bytes >= bytes;
    if (fits && (best == nullptr || block.bytes < best->bytes)) best = &block;
  }
  if (best == nullptr) {
    // What is free and too small was outgrown by what is asked for now; the next object gets the larger one at once.
    std::erase_if(blocks_, [this, bytes](const Block& block) {
      const bool outgrown = !block.in_use && block.bytes >= bytes / 4;
      if (outgrown) bytes_ -= block.bytes;
      return outgrown;
    });
    std::unique_ptr<std::byte[]> memory(new (std::nothrow) std::byte[bytes]);  // not zeroed: brotli does what it needs
    if (!memory) return nullptr;
    best = &blocks_.emplace_back(Block{std::move(memory), bytes, false});
    bytes_ += bytes;
  }
  best->in_use = true;
  return best->memory.get();
}

void KeptBlocks::give_back(void* memory) {
  for (Block& block : blocks_) {
    if (block.memory.get() == memory) block.in_use = false;
  }
}

}  // namespace headgate::wire::coding
