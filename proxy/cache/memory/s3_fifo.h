#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "proxy/cache/memory/ghosts.h"

namespace headgate::proxy::cache::memory {

/// Where an entry's place in the order of discarding is kept. `uses` is the only part that look-ups write, and only
/// until it is full.
struct Node {
  static constexpr std::uint8_t kUsesMax = 3;
  enum class Queue : std::uint8_t { kNone, kSmall, kMain };

  std::uint64_t key_hash = 0;  ///< whoever makes the node sets it, and looks at it
  std::uint64_t bytes = 0;
  std::uint32_t newer = 0;
  std::uint32_t older = 0;
  Queue queue = Queue::kNone;
  std::atomic<std::uint8_t> uses{0};

  /// From any thread; of two at once one may be lost.
  void touch() {
    const std::uint8_t seen = uses.load(std::memory_order_relaxed);
    if (seen < kUsesMax) uses.store(static_cast<std::uint8_t>(seen + 1), std::memory_order_relaxed);
  }
};

/// The nodes by their number, wherever they lie: at equal distances, as a part of something larger.
class NodeTable {
 public:
  NodeTable(Node* first, std::size_t stride) : first_(reinterpret_cast<char*>(first)), stride_(stride) {}
  Node& operator[](std::uint32_t number) const { return *reinterpret_cast<Node*>(first_ + number * stride_); }

 private:
  char* first_;
  std::size_t stride_;
};

/// S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak 2023) by bytes: new entries wait in a small queue, a tenth of the whole; who
/// is used twice there, or comes back soon after it was discarded, goes to the main queue, whose oldest goes round
/// again as often as it was used. A use is a mark in the entry and moves nothing, so look-ups need no lock.
/// Two things are not the authors', both for loops longer than the cache, of which it keeps a part: until the main
/// queue was full for the first time it takes whoever leaves the small one, and the window of ghosts is as many keys as
/// there are entries in both queues, not in the main one. docs/decisions/0023-memory-tier.md has what it was compared
/// with. Pure; not for two threads at once but for Node::touch.
class S3Fifo {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kSmallPercent = 10;
  static constexpr std::uint8_t kUsesToStay = 2;  ///< in the small queue
  /// Entries that may go round before one is discarded whatever its uses: bounds the work of one discarding.
  static constexpr int kRoundsMax = 128;

  S3Fifo(NodeTable nodes, std::size_t ghosts_max) : nodes_(nodes), ghosts_(ghosts_max) {}

  /// The newest entry. `number` is in no queue; its node has its key_hash.
  void admit(std::uint32_t number, std::uint64_t bytes);
  /// Who has to go next, taken out of its queue; kNone if there is nobody.
  std::uint32_t discard();
  /// Who was discarded stays after all, as the newest of the main queue.
  void spare(std::uint32_t number);
  /// Takes it out, for another reason than room.
  void remove(std::uint32_t number);
  /// `heir`, of the same key, has the place and the uses of `number` from now on.
  void replace(std::uint32_t number, std::uint32_t heir, std::uint64_t bytes);

  std::uint64_t bytes() const { return small_.bytes + main_.bytes; }
  std::uint32_t entries() const { return small_.entries + main_.entries; }
  std::uint64_t came_back() const { return came_back_; }
  std::size_t overhead_bytes() const { return ghosts_.bytes(); }

 private:
  struct Line {
    std::uint32_t newest = kNone;
    std::uint32_t oldest = kNone;
    std::uint32_t entries = 0;
    std::uint64_t bytes = 0;
  };
  Line& line_of(Node::Queue queue) { return queue == Node::Queue::kSmall ? small_ : main_; }
  void push(Node::Queue queue, std::uint32_t number);

  NodeTable nodes_;
  Ghosts ghosts_;
  Line small_;
  Line main_;
  bool was_main_full_ = false;
  std::uint64_t came_back_ = 0;
};

}  // namespace headgate::proxy::cache::memory
