#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/ip_address.h"
#include "geoip/atlas.h"

namespace headgate::proxy::geo {

/// What an Atlas decided of late, by IPv4 /24 and IPv6 /48, for who asks for the same networks over and over: those are
/// answered without the Atlas' memory. Each network has one place, so that the newest counts; one in which not all get
/// the same answer is not remembered. 64 KiB. Belongs to one thread.
class Remembered {
 public:
  static constexpr std::size_t kNetworks = 4'096;
  static constexpr int kBitsV4 = 24;
  static constexpr int kBitsV6 = 48;

  geoip::Decided decide(const geoip::Atlas& atlas, const base::IpAddress& address) {
    const std::uint64_t key = key_of(address);
    // Multiplied by the golden ratio, the upper bits depend on all of the key.
    Kept& kept = places_[(key * 0x9e37'79b9'7f4a'7c15) >> 52];
    if (kept.key == key) return kept.decided;
    const geoip::Decided decided = atlas.decide(address);
    if (decided.prefix_bits <= (address.is_v4() ? kBitsV4 : kBitsV6)) kept = {key, decided};
    return decided;
  }
  /// To be called when the Atlas is another.
  void forget() { std::fill_n(places_.get(), kNetworks, Kept{}); }

 private:
  struct Kept {
    std::uint64_t key = 0;  ///< 0: none
    geoip::Decided decided;
  };
  static_assert(kNetworks == std::size_t{1} << (64 - 52));
  static std::uint64_t key_of(const base::IpAddress& address) {
    const std::uint8_t* const from = address.bytes().data() + (address.is_v4() ? 12 : 0);
    std::uint64_t key = address.is_v4() ? 2 : 3;
    for (int i = 0; i < (address.is_v4() ? kBitsV4 : kBitsV6) / 8; ++i) key = key << 8 | from[i];
    return key;
  }

  std::unique_ptr<Kept[]> places_ = std::make_unique<Kept[]>(kNetworks);
};

}  // namespace headgate::proxy::geo
