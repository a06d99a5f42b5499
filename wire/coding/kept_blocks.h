#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace headgate::wire::coding {

/// Memory for a library that can only make and destroy its objects, for one object after another: what the last one
/// freed, the next is given. All of it is freed with this.
class KeptBlocks {
 public:
  void* take(std::size_t bytes);
  void give_back(void* block);
  /// Of all blocks, given out or not.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes = 0;
    bool in_use = false;
  };
  std::vector<Block> blocks_;  // a brotli encoder has about ten
  std::size_t bytes_ = 0;
};

}  // namespace headgate::wire::coding
