#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "net/dns/answer.h"

namespace headgate::proxy::discovery {

/// One backend that a name gave.
struct Found {
  base::IpAddress address;
  std::uint16_t port = 0;             ///< 0: the configuration says it
  std::uint32_t weight = 1;           ///< 1 to kWeightMax, relative to the others of its order
  std::uint32_t order = 0;            ///< lower comes first
  std::string target = {};            ///< of a service: whose address it is
  std::uint16_t record_priority = 0;  ///< of a service: as its record says
  std::uint16_t record_weight = 0;
  friend bool operator==(const Found&, const Found&) = default;
};

/// A service's record with the addresses of its target.
struct Target {
  net::dns::Service service;
  std::vector<base::IpAddress> addresses;
};

inline constexpr std::uint32_t kWeightMax = 256;

/// What the records of a service (RFC 2782) mean for a pool, sorted by order, address and port.
///
/// Their priorities are counted from 0: the lowest has the order 0, the next one 1. A target's weight is shared by its
/// addresses, and stays the number that it is where that can be; else the weights of its order are scaled so that the
/// largest is kWeightMax. Weight 0 is a very small chance beside others, and all are alike where all have it. An
/// address and port that several records lead to counts once, for the one that comes first.
std::vector<Found> found_of(std::span<const Target> targets);

}  // namespace headgate::proxy::discovery
