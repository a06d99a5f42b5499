#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/dns/numbers.h"

namespace headgate::proxy::dns::zone {

/// Signs the sets of records of one zone's answers. No answer() changes without one.
class Signing {
 public:
  /// How many names there are such sets at.
  enum class Names : std::uint8_t {
    kOfZone,  ///< as many as the zone has
    kAsked,   ///< whatever somebody asks for: what a wildcard stands for, and what is not there
  };

  virtual ~Signing() = default;
  /// The data of one more record of the set that sign() is for; it stays where it is until then. In any order.
  virtual void add(std::string_view data) = 0;
  /// The data of the RRSIG records of that set, to be used at once; none: too much was to be signed of late.
  virtual std::span<const std::string_view> sign(std::string_view owner, wire::dns::Type type,
                                                 std::uint32_t ttl_seconds, Names names) = 0;
};

}  // namespace headgate::proxy::dns::zone
