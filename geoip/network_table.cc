#include "geoip/network_table.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <type_traits>

namespace headgate::geoip {
namespace {

constexpr std::size_t kIndexSize = 65'536;
/// Below that a search of all ranges is as quick as one by the index, which would be larger than they are.
constexpr std::size_t kIndexedRangesMin = 8'192;

template <class Number>
constexpr int kBits = std::is_same_v<Number, std::uint32_t> ? 32 : 128;

std::uint32_t first16(std::uint32_t number) {
  return number >> 16;
}
std::uint32_t first16(const auto& number) {
  return static_cast<std::uint32_t>(number.high >> 48);
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

}  // namespace

template <class Number>
NetworkTable::Answer NetworkTable::Ranges<Number>::find(const Number& address) const {
  std::size_t first = 0;
  std::size_t last = starts.size();
  if (!index.empty()) {
    const std::uint32_t bits = first16(address);
    // The range that the address is in may have begun before those of its own 16 bits.
    first = index[bits] == 0 ? 0 : index[bits] - 1;
    last = index[bits + 1];
  }
  const auto from = starts.begin() + static_cast<std::ptrdiff_t>(first);
  const auto until = starts.begin() + static_cast<std::ptrdiff_t>(last);
  const auto after = std::upper_bound(from, until, address);
  const auto at = static_cast<std::size_t>(after - starts.begin()) - 1;
  Answer answer;
  answer.value = values[at];
  if (at > 0) answer.prefix_bits = shared_bits(address, before(starts[at])) + 1;
  if (after != starts.end()) answer.prefix_bits = std::max(answer.prefix_bits, shared_bits(address, *after) + 1);
  return answer;
}

template <class Number>
void NetworkTable::Ranges<Number>::append(const Number& start, std::uint32_t value) {
  // What begins where the one before began has nothing left of that.
  if (!starts.empty() && starts.back() == start) {
    values.back() = value;
    return;
  }
  if (!values.empty() && values.back() == kNone && value == kNone) return;
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
  starts.reserve(entries.size() + 1);
  values.reserve(entries.size() + 1);
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
  starts.shrink_to_fit();
  values.shrink_to_fit();
  index.clear();
  if (starts.size() < kIndexedRangesMin) return;
  index.assign(kIndexSize + 1, 0);
  for (const Number& start : starts) ++index[first16(start) + 1];
  for (std::size_t i = 1; i <= kIndexSize; ++i) index[i] += index[i - 1];
}

NetworkTable::NetworkTable(std::vector<Entry> entries) {
  std::vector<Entry> wide;
  for (const Entry& entry : entries) {
    if (!entry.network.address.is_v4()) wide.push_back(entry);
  }
  std::erase_if(entries, [](const Entry& entry) { return !entry.network.address.is_v4(); });
  append(base::IpNetwork{base::IpAddress::v4(0), 0}, kNone);
  append(base::IpNetwork{base::IpAddress::v6({}), 0}, kNone);
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
