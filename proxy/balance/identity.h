#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "config/config.h"
#include "proxy/balance/choose/candidate.h"

namespace headgate::proxy::balance {

/// By which sessions know a backend, in every process: its pool and its id, and where DNS names several backends at
/// once, its address too. Never 0. One whose address changes and whose id stays is the same to them.
std::uint64_t identity_of(std::string_view pool, const config::Backend& backend, const base::Endpoint& address);

/// Members of a pool by their identity; a look costs the same for any number of them.
class IdentityIndex {
 public:
  /// `identities[m]` is member m's; 0 for one that has none. Of two with one identity the first is found.
  void rebuild(std::span<const std::uint64_t> identities);

  /// kNoMember where nobody has it.
  std::uint32_t find(std::uint64_t identity) const {
    if (places_.empty()) return choose::kNoMember;
    // An identity is a hash already.
    for (std::size_t at = identity & mask_;; at = (at + 1) & mask_) {
      const Place& place = places_[at];
      if (place.identity == identity) return place.member;
      if (place.identity == 0) return choose::kNoMember;
    }
  }

 private:
  struct Place {
    std::uint64_t identity = 0;
    std::uint32_t member = choose::kNoMember;
  };
  std::vector<Place> places_;  // at most half of them taken
  std::size_t mask_ = 0;
};

}  // namespace headgate::proxy::balance
