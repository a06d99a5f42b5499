#include "proxy/sticky/table/table.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace headgate::proxy::sticky::table {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::size_t kPartsMax = 64;
/// Smaller parts would make "the least recently seen" a matter of luck.
constexpr std::size_t kPartEntriesMin = 1024;

}  // namespace

Key key_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.low64, hash.high64};
}

struct Table::Node {
  Key key;
  std::uint64_t backend = 0;
  std::uint32_t seen = 0;
  std::uint32_t noted = 0;  // the `seen` that the journal heard of
  std::uint32_t newer = kNone;
  std::uint32_t older = kNone;
  std::uint32_t next = kNone;  // of its bucket, or of the free ones
};

/// Nodes in one vector, in buckets by hash, and in a list by when they were seen.
struct alignas(64) Table::Part {
  mutable std::mutex mutex;
  Journal* journal = nullptr;
  std::size_t size = 0;
  std::size_t count = 0;
  std::vector<Node> nodes;
  std::vector<std::uint32_t> buckets;
  std::uint32_t free = kNone;
  std::uint32_t newest = kNone;
  std::uint32_t oldest = kNone;
  std::unordered_map<std::uint64_t, std::size_t> by_backend;

  std::uint32_t& bucket_of(const Key& key) { return buckets[key.low & (buckets.size() - 1)]; }

  std::uint32_t find(const Key& key) const {
    if (buckets.empty()) return kNone;
    std::uint32_t at = buckets[key.low & (buckets.size() - 1)];
    while (at != kNone && nodes[at].key != key) at = nodes[at].next;
    return at;
  }

  void link_newest(std::uint32_t at) {
    nodes[at].newer = kNone;
    nodes[at].older = newest;
    if (newest != kNone) nodes[newest].newer = at;
    newest = at;
    if (oldest == kNone) oldest = at;
  }
  void unlink(std::uint32_t at) {
    const Node& node = nodes[at];
    (node.newer != kNone ? nodes[node.newer].older : newest) = node.older;
    (node.older != kNone ? nodes[node.older].newer : oldest) = node.newer;
  }

  void grow() {
    buckets.assign(std::max<std::size_t>(64, buckets.size() * 2), kNone);
    for (std::uint32_t at = newest; at != kNone; at = nodes[at].older) {
      std::uint32_t& first = bucket_of(nodes[at].key);
      nodes[at].next = first;
      first = at;
    }
  }

  std::uint32_t add(const Key& key, std::uint64_t backend) {
    if (count >= buckets.size()) grow();
    std::uint32_t at = free;
    if (at != kNone) {
      free = nodes[at].next;
    } else {
      at = static_cast<std::uint32_t>(nodes.size());
      nodes.emplace_back();
    }
    std::uint32_t& first = bucket_of(key);
    nodes[at] = Node{.key = key, .backend = backend, .next = first};
    first = at;
    link_newest(at);
    ++count;
    ++by_backend[backend];
    return at;
  }

  void remove(std::uint32_t at) {
    std::uint32_t* link = &bucket_of(nodes[at].key);
    while (*link != at) link = &nodes[*link].next;
    *link = nodes[at].next;
    unlink(at);
    leave_backend(nodes[at].backend);
    nodes[at].next = free;
    free = at;
    --count;
  }

  void leave_backend(std::uint64_t backend) {
    const auto known = by_backend.find(backend);
    if (--known->second == 0) by_backend.erase(known);
  }

  void see(std::uint32_t at, std::uint32_t now) {
    nodes[at].seen = std::max(nodes[at].seen, now);
    if (newest == at) return;
    unlink(at);
    link_newest(at);
  }

  std::uint64_t note(Change change, std::uint32_t at) {
    Node& node = nodes[at];
    node.noted = node.seen;
    return journal == nullptr ? 0 : journal->note(change, {node.key, node.backend, node.seen});
  }
};

Table::Table(std::size_t size, std::uint32_t ttl)
    : size_(size),
      ttl_(ttl),
      parts_count_(std::clamp<std::size_t>(std::bit_floor(size / kPartEntriesMin), 1, kPartsMax)) {
  parts_.reset(new Part[parts_count_]);
  for (std::size_t i = 0; i < parts_count_; ++i) {
    parts_[i].size = size / parts_count_ + (i < size % parts_count_ ? 1 : 0);
  }
}

Table::~Table() = default;

/// By bits that the buckets do not go by.
Table::Part& Table::part_of(const Key& key) const {
  return parts_[key.high & (parts_count_ - 1)];
}

bool Table::is_over(const Node& node, std::uint32_t now) const {
  return now > node.seen && now - node.seen >= ttl_;
}

void Table::set_journal(Journal* journal) {
  for (std::size_t i = 0; i < parts_count_; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    parts_[i].journal = journal;
  }
}

std::uint64_t Table::find(const Key& key, std::uint32_t now) {
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const std::uint32_t at = part.find(key);
  if (at == kNone) return 0;
  if (is_over(part.nodes[at], now)) {
    part.remove(at);
    return 0;
  }
  part.see(at, now);
  if (part.nodes[at].seen - part.nodes[at].noted > ttl_ / 8) part.note(Change::kPut, at);
  return part.nodes[at].backend;
}

std::uint64_t Table::look(const Key& key, std::uint32_t now) const {
  const Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const std::uint32_t at = part.find(key);
  return at == kNone || is_over(part.nodes[at], now) ? 0 : part.nodes[at].backend;
}

std::uint64_t Table::put(const Key& key, std::uint64_t backend, std::uint32_t now) {
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  std::uint32_t at = part.find(key);
  if (at != kNone && part.nodes[at].backend == backend && !is_over(part.nodes[at], now)) {
    part.see(at, now);
    return 0;
  }
  if (at != kNone) {
    part.leave_backend(part.nodes[at].backend);
    part.nodes[at].backend = backend;
    ++part.by_backend[backend];
  } else {
    if (part.count >= part.size) {
      // Told of, so that who reads the journal makes room for the same.
      part.note(Change::kRemove, part.oldest);
      part.remove(part.oldest);
    }
    at = part.add(key, backend);
  }
  part.see(at, now);
  return part.note(Change::kPut, at);
}

void Table::restore(const Entry& entry, std::uint32_t now) {
  Part& part = part_of(entry.key);
  const std::lock_guard lock(part.mutex);
  // What the journal heard of may lag by so much.
  const std::uint32_t seen = std::min(now, entry.seen + ttl_ / 8);
  const bool is_late = now > seen && now - seen >= ttl_;
  if (is_late || part.find(entry.key) != kNone) return;
  if (part.count >= part.size) part.remove(part.oldest);
  const std::uint32_t at = part.add(entry.key, entry.backend);
  part.nodes[at].seen = seen;
  part.nodes[at].noted = entry.seen;
}

void Table::each_part(const std::function<void(std::span<const Entry>)>& take) const {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < parts_count_; ++i) {
    const Part& part = parts_[i];
    entries.clear();
    {
      const std::lock_guard lock(part.mutex);
      entries.reserve(part.count);
      for (std::uint32_t at = part.oldest; at != kNone; at = part.nodes[at].newer) {
        entries.push_back({part.nodes[at].key, part.nodes[at].backend, part.nodes[at].seen});
      }
    }
    take(entries);
  }
}

std::size_t Table::entries() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < parts_count_; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    sum += parts_[i].count;
  }
  return sum;
}

std::map<std::uint64_t, std::size_t> Table::entries_by_backend() const {
  std::map<std::uint64_t, std::size_t> out;
  for (std::size_t i = 0; i < parts_count_; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    for (const auto& [backend, count] : parts_[i].by_backend) out[backend] += count;
  }
  return out;
}

}  // namespace headgate::proxy::sticky::table
