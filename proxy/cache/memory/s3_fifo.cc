#include "proxy/cache/memory/s3_fifo.h"

namespace headgate::proxy::cache::memory {

void S3Fifo::push(Node::Queue queue, std::uint32_t number) {
  Line& line = line_of(queue);
  Node& node = nodes_[number];
  node.queue = queue;
  node.newer = kNone;
  node.older = line.newest;
  if (line.newest != kNone) nodes_[line.newest].newer = number;
  line.newest = number;
  if (line.oldest == kNone) line.oldest = number;
  ++line.entries;
  line.bytes += node.bytes;
}

void S3Fifo::remove(std::uint32_t number) {
  Node& node = nodes_[number];
  if (node.queue == Node::Queue::kNone) return;
  Line& line = line_of(node.queue);
  (node.newer == kNone ? line.newest : nodes_[node.newer].older) = node.older;
  (node.older == kNone ? line.oldest : nodes_[node.older].newer) = node.newer;
  --line.entries;
  line.bytes -= node.bytes;
  node.queue = Node::Queue::kNone;
}

void S3Fifo::admit(std::uint32_t number, std::uint64_t bytes) {
  Node& node = nodes_[number];
  node.bytes = bytes;
  const bool back = ghosts_.take(node.key_hash, entries());
  came_back_ += back ? 1 : 0;
  push(back ? Node::Queue::kMain : Node::Queue::kSmall, number);
}

std::uint32_t S3Fifo::discard() {
  for (int round = 0; entries() != 0; ++round) {
    const bool from_small = main_.entries == 0 || small_.bytes * 100 > bytes() * kSmallPercent;
    const std::uint32_t number = from_small ? small_.oldest : main_.oldest;
    Node& node = nodes_[number];
    const std::uint8_t uses = node.uses.load(std::memory_order_relaxed);
    was_main_full_ = was_main_full_ || !from_small;
    remove(number);
    if (round < kRoundsMax && from_small && (uses >= kUsesToStay || !was_main_full_)) {
      node.uses.store(0, std::memory_order_relaxed);
      push(Node::Queue::kMain, number);
      continue;
    }
    if (round < kRoundsMax && !from_small && uses > 0) {
      node.uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
      push(Node::Queue::kMain, number);
      continue;
    }
    if (from_small) ghosts_.add(node.key_hash);
    return number;
  }
  was_main_full_ = false;
  return kNone;
}

void S3Fifo::spare(std::uint32_t number) {
  push(Node::Queue::kMain, number);
}

void S3Fifo::replace(std::uint32_t number, std::uint32_t heir, std::uint64_t bytes) {
  Node& old = nodes_[number];
  Node& node = nodes_[heir];
  node.bytes = old.bytes;
  node.uses.store(old.uses.load(std::memory_order_relaxed), std::memory_order_relaxed);
  node.newer = old.newer;
  node.older = old.older;
  node.queue = old.queue;
  old.queue = Node::Queue::kNone;
  if (node.queue == Node::Queue::kNone) {
    node.bytes = bytes;
    push(Node::Queue::kSmall, heir);
    return;
  }
  Line& line = line_of(node.queue);
  (node.newer == kNone ? line.newest : nodes_[node.newer].older) = heir;
  (node.older == kNone ? line.oldest : nodes_[node.older].newer) = heir;
  line.bytes = line.bytes - node.bytes + bytes;
  node.bytes = bytes;
}

}  // namespace headgate::proxy::cache::memory
