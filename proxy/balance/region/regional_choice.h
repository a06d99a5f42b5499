#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proxy/balance/choose/by_hash.h"
#include "proxy/balance/choose/eligibility.h"
#include "proxy/balance/choose/least_requests.h"
#include "proxy/balance/choose/random_two.h"
#include "proxy/balance/choose/round_robin.h"

namespace headgate::proxy::balance::region {

/// How a worker's pool chooses for clients of each region: which levels serve them and with what share, and within a
/// level by the pool's `balance`. Levels that consist of the same members are one group for all regions, so that their
/// turns and counts are shared. Made anew when members or their health change.
struct RegionalChoice {
  struct Group {
    std::vector<choose::Candidate> candidates;  ///< by their own weights
    std::vector<bool> has;                      ///< by member: whether it is one of them
    std::variant<choose::RoundRobin, choose::LeastRequests, choose::RandomTwo, choose::ByHash> chooser{
        choose::RoundRobin(0)};
  };
  struct Part {
    std::uint32_t until = 0;  ///< of choose::kWholeShare: what of the region's requests falls to it or one before it
    std::uint32_t group = 0;
  };
  struct View {
    std::uint64_t region = 0;  ///< as Wish::region
    choose::Eligibility eligible;
    std::vector<Part> parts;  ///< that get a share, in the order of levels
    /// The part that a key's hash, or a number of chance, falls to; there is one.
    std::size_t part_of(std::uint64_t hash) const;
  };
  std::vector<View> views;
  std::vector<Group> groups;
  std::vector<std::uint32_t> weights;  ///< of each member, its own; 0: it may not be chosen

  const View* find(std::uint64_t region) const {
    for (const View& view : views) {
      if (view.region == region) return &view;
    }
    return nullptr;
  }
};

}  // namespace headgate::proxy::balance::region
