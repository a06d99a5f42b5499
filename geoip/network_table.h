#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ip_address.h"

namespace headgate::geoip {

/// Which value the addresses of which networks have, by the longest prefix. Networks may lie in each other; they are
/// laid out as disjoint ranges, so that a look-up is a search among the ranges that begin with the same 16 bits; about
/// 8 bytes of memory for an IPv4 one and 20 for an IPv6 one.
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
    /// Of the largest network around the address all of which has this answer, by the same entry.
    int prefix_bits = 0;
  };
  Answer find(const base::IpAddress& address) const {
    return address.is_v4() ? v4_.find(address.v4_value()) : v6_.find(Wide(address));
  }

  std::size_t ranges() const { return v4_.starts.size() + v6_.starts.size(); }

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

  template <class Number>
  struct Ranges {
    std::vector<Number> starts;  // ascending, the first is 0; each ends before the next
    std::vector<std::uint32_t> values;
    std::vector<std::uint32_t>
        index;  // of the first range that begins within each value of the first 16 bits; or empty
    Answer find(const Number& address) const;
    void build(const std::vector<Entry>& entries);
    void append(const Number& start, std::uint32_t value);
    void append(const base::IpNetwork& network, std::uint32_t value);
    void finish();
  };

  Ranges<std::uint32_t> v4_;
  Ranges<Wide> v6_;
};

}  // namespace headgate::geoip
