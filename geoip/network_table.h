#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/ip_address.h"
#include "base/memory/huge_pages.h"

namespace headgate::geoip {

/// Which value the addresses of which networks have, by the longest prefix. Networks may lie in each other; they are
/// laid out as disjoint ranges in the order of addresses, in blocks of two cache lines with their values, over which
/// lies a tree of the blocks' first addresses, a cache line for a node. A look-up among a million ranges reads four
/// nodes of the tree, which is small, and one block. 8 bytes of memory for an IPv4 range and 16 for an IPv6 one, 24
/// where there are prefixes beyond /64, and a sixteenth more for the tree (IPv6: an eighth).
class NetworkTable {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  struct Entry {
    base::IpNetwork network;
    std::uint32_t value = 0;  ///< not kNone
  };
  NetworkTable() : NetworkTable(std::vector<Entry>()) {}
  /// In any order; of two entries for one network the later counts.
  explicit NetworkTable(std::vector<Entry> entries);
  /// Adds a network that lies after all others of its family that are there; finish() comes after the last.
  void append(const base::IpNetwork& network, std::uint32_t value);
  void finish();

  struct Answer {
    std::uint32_t value = kNone;  ///< kNone: no network has this address
    int prefix_bits = 0;          ///< of the largest network around the address all of which has this value
  };
  /// Between append() and finish() it does not know what was added.
  Answer find(const base::IpAddress& address) const {
    return address.is_v4() ? v4_.find(address.v4_value()) : v6_.find(Wide(address));
  }

  std::size_t ranges() const { return v4_.size + v6_.size; }

 private:
  /// 128 bits as a number.
  struct Wide {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    constexpr Wide() = default;
    constexpr Wide(std::uint64_t h, std::uint64_t l) : high(h), low(l) {}
    explicit Wide(const base::IpAddress& address) {
      for (std::size_t i = 0; i < 8; ++i) high = high << 8 | address.bytes()[i];
      for (std::size_t i = 8; i < 16; ++i) low = low << 8 | address.bytes()[i];
    }
    friend constexpr auto operator<=>(const Wide&, const Wide&) = default;
  };

  /// What is searched by: all of an IPv4 address, the first half of an IPv6 one. The second halves lie apart.
  template <class Number>
  using Key = std::conditional_t<std::is_same_v<Number, std::uint32_t>, std::uint32_t, std::uint64_t>;

  template <class Number>
  struct Ranges {
    static constexpr std::size_t kFan = 64 / sizeof(Key<Number>);
    struct alignas(64) Node {
      Key<Number> keys[kFan];  // ascending; the largest number stands behind the last
    };
    struct alignas(kFan * sizeof(std::uint32_t)) Block {
      Key<Number> keys[kFan];  // of where a range starts; it ends before the next
      std::uint32_t values[kFan];
    };
    /// What append() gathers until finish().
    struct Gathered {
      std::vector<Number> starts;  // ascending, the first is 0
      std::vector<std::uint32_t> values;
    };

    Answer find(const Number& address) const;
    void build(const std::vector<Entry>& entries);
    void append(const Number& start, std::uint32_t value);
    void append(const base::IpNetwork& network, std::uint32_t value);
    void finish();
    std::size_t last_at_most(Key<Number> key) const;
    std::size_t range_of(const Number& address) const;
    Number start_of(std::size_t range) const;

    std::size_t size = 0;
    std::vector<Block, base::memory::HugePages<Block>> blocks;
    // Of IPv6, the second half of each start; empty: all are 0.
    std::vector<std::uint64_t, base::memory::HugePages<std::uint64_t>> lows;
    // The tree, its lowest level first. The first keys of the blocks are the lowest, and each level has the first
    // keys of the nodes of the one below, down to a single node.
    std::vector<Node, base::memory::HugePages<Node>> nodes;
    struct Level {
      std::size_t begin;  // in nodes
      std::size_t keys;
    };
    std::vector<Level> levels;
    Gathered gathered;
  };

  Ranges<std::uint32_t> v4_;
  Ranges<Wide> v6_;
};

}  // namespace headgate::geoip
