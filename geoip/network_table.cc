#include "geoip/network_table.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

namespace headgate::geoip {
namespace {

std::uint32_t key_of(std::uint32_t number) {
  return number;
}
std::uint64_t key_of(const auto& number) {
  return number.high;
}

/// How many leading bits two numbers share.
int shared_bits(std::uint32_t a, std::uint32_t b) {
  return std::countl_zero(a ^ b);
}
int shared_bits(const auto& a, const auto& b) {
  const int high = std::countl_zero(a.high ^ b.high);
  return high < 64 ? high : 64 + std::countl_zero(a.low ^ b.low);
}

std::uint32_t before(std::uint32_t number) {
  return number - 1;
}
template <class Wide>
Wide before(const Wide& number) {
  return {number.low == 0 ? number.high - 1 : number.high, number.low - 1};
}

template <class Number>
Number number_of(const base::IpAddress& address) {
  if constexpr (std::is_same_v<Number, std::uint32_t>) {
    return address.v4_value();
  } else {
    return Number(address);
  }
}

/// The first number after a network; 0: it reaches to the end.
std::uint32_t end_of(std::uint32_t start, int prefix_bits) {
  return prefix_bits == 0 ? 0 : start + (1u << (32 - prefix_bits));
}
template <class Wide>
Wide end_of(const Wide& start, int prefix_bits) {
  if (prefix_bits == 0) return {};
  if (prefix_bits <= 64) return {start.high + (std::uint64_t{1} << (64 - prefix_bits)), 0};
  const std::uint64_t low = start.low + (std::uint64_t{1} << (128 - prefix_bits));
  return {low == 0 ? start.high + 1 : start.high, low};
}

/// How many of the node's keys are at most that one. Without branches, which nobody could foretell.
template <class Key, std::size_t kCount>
std::size_t count_at_most(const Key (&keys)[kCount], Key key) {
  std::size_t count = 0;
  for (const Key each : keys) count += each <= key ? 1 : 0;
  return count;
}

}  // namespace

/// The last range whose start has that key or a smaller one.
template <class Number>
std::size_t NetworkTable::Ranges<Number>::last_at_most(Key<Number> key) const {
  std::size_t at = 0;
  for (std::size_t i = levels.size(); i-- > 0;) {
    const Level& level = levels[i];
    // The first key of a node is at most this one, or the search would not have come there; the largest number of all
    // also finds what stands behind the last key.
    const std::size_t count = count_at_most(nodes[level.begin + at].keys, key);
    at = std::min(at * kFan + count, level.keys) - 1;
  }
  const Block& block = blocks[at];
  __builtin_prefetch(block.values);
  return std::min(at * kFan + count_at_most(block.keys, key), size) - 1;
}

template <class Number>
Number NetworkTable::Ranges<Number>::start_of(std::size_t range) const {
  const Key<Number> key = blocks[range / kFan].keys[range % kFan];
  if constexpr (std::is_same_v<Number, std::uint32_t>) {
    return key;
  } else {
    return Number(key, lows.empty() ? 0 : lows[range]);
  }
}

template <class Number>
std::size_t NetworkTable::Ranges<Number>::range_of(const Number& address) const {
  const std::size_t at = last_at_most(key_of(address));
  if constexpr (!std::is_same_v<Number, std::uint32_t>) {
    // Of those that share its first half, the last may be one that begins behind it.
    if (!lows.empty() && start_of(at) > address) {
      const std::size_t first = address.high == 0 ? 0 : last_at_most(address.high - 1) + 1;
      const auto from = lows.begin() + static_cast<std::ptrdiff_t>(first);
      const auto until = lows.begin() + static_cast<std::ptrdiff_t>(at);
      return static_cast<std::size_t>(std::upper_bound(from, until, address.low) - lows.begin()) - 1;
    }
  }
  return at;
}

template <class Number>
NetworkTable::Answer NetworkTable::Ranges<Number>::find(const Number& address) const {
  const std::size_t at = range_of(address);
  Answer answer;
  answer.value = blocks[at / kFan].values[at % kFan];
  if (at > 0) answer.prefix_bits = shared_bits(address, before(start_of(at))) + 1;
  if (at + 1 < size) answer.prefix_bits = std::max(answer.prefix_bits, shared_bits(address, start_of(at + 1)) + 1);
  return answer;
}

template <class Number>
void NetworkTable::Ranges<Number>::append(const Number& start, std::uint32_t value) {
  auto& [starts, values] = gathered;
  if (starts.empty() && start != Number{}) {
    starts.push_back({});
    values.push_back(kNone);
  }
  // What begins where the one before began has nothing left of that.
  if (!starts.empty() && starts.back() == start) {
    starts.pop_back();
    values.pop_back();
  }
  if (!values.empty() && values.back() == value) return;
  starts.push_back(start);
  values.push_back(value);
}

/// Walks along the addresses with the networks that are open at each, the innermost on top.
template <class Number>
void NetworkTable::Ranges<Number>::build(const std::vector<Entry>& entries) {
  struct Row {
    Number start;
    int prefix_bits;
    std::uint32_t order;  // of two for one network the later counts
    std::uint32_t value;
    auto operator<=>(const Row&) const = default;
  };
  std::vector<Row> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) {
    rows.push_back({number_of<Number>(entry.network.address), entry.network.prefix_bits,
                    static_cast<std::uint32_t>(rows.size()), entry.value});
  }
  std::ranges::sort(rows);
  struct Open {
    Number end;  // 0: to the last address
    std::uint32_t value;
  };
  std::vector<Open> open;
  const auto close_until = [&](const Number* start) {
    while (!open.empty() && open.back().end != Number{} && (start == nullptr || open.back().end <= *start)) {
      const Number end = open.back().end;
      open.pop_back();
      append(end, open.empty() ? kNone : open.back().value);
    }
  };
  gathered.starts.reserve(entries.size() + 1);
  gathered.values.reserve(entries.size() + 1);
  for (const Row& row : rows) {
    close_until(&row.start);
    append(row.start, row.value);
    open.push_back({end_of(row.start, row.prefix_bits), row.value});
  }
  close_until(nullptr);
}

template <class Number>
void NetworkTable::Ranges<Number>::append(const base::IpNetwork& network, std::uint32_t value) {
  const Number start = number_of<Number>(network.address);
  append(start, value);
  const Number end = end_of(start, network.prefix_bits);
  if (end != Number{}) append(end, kNone);
}

template <class Number>
void NetworkTable::Ranges<Number>::finish() {
  constexpr Key<Number> kLargest = std::numeric_limits<Key<Number>>::max();
  if (gathered.starts.empty()) append(Number{}, kNone);
  size = gathered.starts.size();
  blocks.assign((size + kFan - 1) / kFan, {});
  for (std::size_t i = 0; i < blocks.size() * kFan; ++i) {
    Block& block = blocks[i / kFan];
    block.keys[i % kFan] = i < size ? key_of(gathered.starts[i]) : kLargest;
    block.values[i % kFan] = i < size ? gathered.values[i] : kNone;
  }
  if constexpr (!std::is_same_v<Number, std::uint32_t>) {
    lows.clear();
    if (std::ranges::any_of(gathered.starts, [](const Number& start) { return start.low != 0; })) {
      lows.reserve(size);
      for (const Number& start : gathered.starts) lows.push_back(start.low);
    }
  }
  gathered = {};
  nodes.clear();
  levels.clear();
  std::size_t below = blocks.size();
  while (below > 1) {
    const std::size_t begin = nodes.size();
    for (std::size_t i = 0; i < below; ++i) {
      if (i % kFan == 0) {
        nodes.emplace_back();
        std::ranges::fill(nodes.back().keys, kLargest);
      }
      nodes.back().keys[i % kFan] = levels.empty() ? blocks[i].keys[0] : nodes[levels.back().begin + i].keys[0];
    }
    levels.push_back({begin, below});
    below = nodes.size() - begin;
  }
  nodes.shrink_to_fit();
}

NetworkTable::NetworkTable(std::vector<Entry> entries) {
  std::vector<Entry> wide;
  for (const Entry& entry : entries) {
    if (!entry.network.address.is_v4()) wide.push_back(entry);
  }
  std::erase_if(entries, [](const Entry& entry) { return !entry.network.address.is_v4(); });
  v4_.build(entries);
  v6_.build(wide);
  finish();
}

void NetworkTable::append(const base::IpNetwork& network, std::uint32_t value) {
  if (network.address.is_v4()) {
    v4_.append(network, value);
  } else {
    v6_.append(network, value);
  }
}

void NetworkTable::finish() {
  v4_.finish();
  v6_.finish();
}

template struct NetworkTable::Ranges<std::uint32_t>;
template struct NetworkTable::Ranges<NetworkTable::Wide>;

}  // namespace headgate::geoip
