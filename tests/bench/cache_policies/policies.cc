#include "tests/bench/cache_policies/policies.h"

#include <algorithm>
#include <array>
#include <bit>

#include "proxy/cache/memory/s3_fifo.h"

namespace headgate::bench::cache_policies {
namespace {

namespace memory = proxy::cache::memory;

std::uint64_t hash_of(std::uint32_t key) {
  std::uint64_t z = (key + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

class Lru : public Policy {
 public:
  Lru(std::uint32_t keys, std::uint64_t bytes) : lists_(keys, 1), bytes_(bytes) {}
  bool ask(const Request& request) override {
    const bool hit = lists_.list_of(request.key) != Lists::kNone;
    if (hit) lists_.remove(request.key);
    if (request.bytes > bytes_) return hit;
    while (lists_.bytes(0) + request.bytes > bytes_) lists_.remove(lists_.oldest(0));
    lists_.push(0, request.key, request.bytes);
    return hit;
  }

 private:
  Lists lists_;
  std::uint64_t bytes_;
};

/// How often a key was asked for lately, up to 15: four rows of counters, of which the least counts.
class Sketch {
 public:
  explicit Sketch(std::uint64_t entries) : mask_(std::bit_ceil(entries * 2) - 1), age_(entries * 10) {
    for (auto& row : rows_) row.resize(mask_ + 1);
  }
  void add(std::uint64_t hash) {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      std::uint8_t& count = rows_[row][place(hash, row)];
      if (count < 15) ++count;
    }
    if (++added_ < age_) return;
    added_ /= 2;
    for (auto& row : rows_) {
      for (std::uint8_t& count : row) count /= 2;
    }
  }
  int uses(std::uint64_t hash) const {
    int least = 15;
    for (std::size_t row = 0; row < rows_.size(); ++row) least = std::min<int>(least, rows_[row][place(hash, row)]);
    return least;
  }

 private:
  std::size_t place(std::uint64_t hash, std::size_t row) const {
    return ((hash ^ (row * 0xd6e8feb86659fd93)) * 0x9e3779b97f4a7c15 >> 20) & mask_;
  }
  std::array<std::vector<std::uint8_t>, 4> rows_;
  std::size_t mask_;
  std::uint64_t age_;
  std::uint64_t added_ = 0;
};

class WTinyLfu : public Policy {
 public:
  WTinyLfu(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries)
      : lists_(keys, 3), sketch_(entries), window_(std::max<std::uint64_t>(bytes / 100, 1)), main_(bytes - window_) {}
  bool ask(const Request& request) override {
    sketch_.add(hash_of(request.key));
    const std::uint32_t list = lists_.list_of(request.key);
    const bool hit = list != Lists::kNone;
    if (hit) {
      const std::uint64_t bytes = lists_.bytes_of(request.key);
      lists_.remove(request.key);
      lists_.push(list == kWindow ? kWindow : kProtected, request.key, bytes);
      while (lists_.bytes(kProtected) > main_ * 8 / 10) move(lists_.oldest(kProtected), kProbation);
      return true;
    }
    if (request.bytes > main_) return false;
    lists_.push(kWindow, request.key, request.bytes);
    while (lists_.bytes(kWindow) > window_) leave_window(lists_.oldest(kWindow));
    return false;
  }

 private:
  enum : std::uint32_t { kWindow, kProbation, kProtected };
  void move(std::uint32_t key, std::uint32_t list) {
    const std::uint64_t bytes = lists_.bytes_of(key);
    lists_.remove(key);
    lists_.push(list, key, bytes);
  }
  void leave_window(std::uint32_t candidate) {
    const std::uint64_t bytes = lists_.bytes_of(candidate);
    const int uses = sketch_.uses(hash_of(candidate));
    while (lists_.bytes(kProbation) + lists_.bytes(kProtected) + bytes > main_) {
      std::uint32_t victim = lists_.oldest(kProbation);
      if (victim == Lists::kNone) victim = lists_.oldest(kProtected);
      if (uses <= sketch_.uses(hash_of(victim))) {
        lists_.remove(candidate);
        return;
      }
      lists_.remove(victim);
    }
    move(candidate, kProbation);
  }

  Lists lists_;
  Sketch sketch_;
  std::uint64_t window_;
  std::uint64_t main_;
};

class S3 : public Policy {
 public:
  S3(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries)
      : nodes_(keys), policy_(memory::NodeTable(nodes_.data(), sizeof(memory::Node)), entries * 4), bytes_(bytes) {}
  bool ask(const Request& request) override {
    memory::Node& node = nodes_[request.key];
    if (node.queue != memory::Node::Queue::kNone) {
      node.touch();
      return true;
    }
    if (request.bytes > bytes_) return false;
    while (policy_.bytes() + request.bytes > bytes_) policy_.discard();
    node.key_hash = hash_of(request.key);
    node.uses.store(0);
    policy_.admit(request.key, request.bytes);
    return false;
  }

 private:
  std::vector<memory::Node> nodes_;
  memory::S3Fifo policy_;
  std::uint64_t bytes_;
};

}  // namespace

void Lists::push(std::uint32_t list, std::uint32_t key, std::uint64_t bytes) {
  Ends& ends = ends_[list];
  links_[key] = Link{kNone, ends.newest, list, bytes};
  if (ends.newest != kNone) links_[ends.newest].newer = key;
  ends.newest = key;
  if (ends.oldest == kNone) ends.oldest = key;
  ends.bytes += bytes;
}

void Lists::remove(std::uint32_t key) {
  const Link link = links_[key];
  Ends& ends = ends_[link.list];
  (link.newer == kNone ? ends.newest : links_[link.newer].older) = link.older;
  (link.older == kNone ? ends.oldest : links_[link.older].newer) = link.newer;
  ends.bytes -= link.bytes;
  links_[key].list = kNone;
}

std::unique_ptr<Policy> lru(std::uint32_t keys, std::uint64_t bytes) {
  return std::make_unique<Lru>(keys, bytes);
}
std::unique_ptr<Policy> w_tinylfu(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries) {
  return std::make_unique<WTinyLfu>(keys, bytes, entries);
}
std::unique_ptr<Policy> s3_fifo(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries) {
  return std::make_unique<S3>(keys, bytes, entries);
}

}  // namespace headgate::bench::cache_policies
